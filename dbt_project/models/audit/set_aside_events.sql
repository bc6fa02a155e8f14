select
    source_record_id,
    source_system,
    account_id,
    set_aside_reason as reason,
    event_name,
    occurred_at,
    partition_date,
    loaded_at
from {{ ref('int_site_events_set_aside') }}
union all
select
    source_record_id,
    'first_party' as source_system,
    account_id,
    set_aside_reason as reason,
    event_type as event_name,
    occurred_at,
    partition_date,
    loaded_at
from {{ ref('int_first_party_events') }}
where set_aside_reason is not null
