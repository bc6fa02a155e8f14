{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'session_number', 'tells': ['source_record_id', 'transaction_id']},
    pre_hook="{{ note_affected('session_number', changed_site_sessions()) }}"
) }}

{%- set is_sale = "touchpoint_type in ('purchase', 'refund')" %}

-- What the sites sold and paid back, found among all their events once for all who ask.
with events as (

    {{ ga4_site_events(
        asked_for='worked_out.set_aside_reason is null and worked_out.' ~ is_sale ~ ' and '
        ~ is_affected('session_number', of='worked_out'),
        few=true,
        just_now=true
    ) }}
    union all
    select * from {{ ref('int_matomo_site_events') }} as matomo_events
    where set_aside_reason is null and {{ is_sale }} and {{ is_affected('session_number', of='matomo_events') }}

)

select
    source_record_id,
    source_system,
    session_id,
    session_number,
    touchpoint_type,
    occurred_at,
    transaction_id,
    revenue,
    refund_value,
    has_unread_refund,
    currency,
    has_consent
from events
