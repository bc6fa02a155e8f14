-- Few of all events, so they are found among them once for all who ask.
with events as (

    {{ ga4_site_events(asked_for='worked_out.set_aside_reason is not null', few=true) }}
    union all
    select * from {{ ref('int_matomo_site_events') }}
    where set_aside_reason is not null

)

select
    source_record_id,
    source_system,
    account_id,
    event_name,
    touchpoint_type,
    transaction_id,
    occurred_at,
    partition_date,
    set_aside_reason,
    loaded_at
from events
