{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='customer_id',
    pre_hook="{{ note_affected('customer_id', affected_paths()) }}",
    meta={'affected_by': 'customer_id'}
) }}

with touches as (

    select * from {{ ref('fct_customer_journey') }} as facts
    where {{ is_affected('customer_id', of='facts') }}

)

select
    customer_id,
    min(occurred_at) as first_touch_at,
    max(occurred_at) as last_touch_at,
    min(case when journey_number = 1 and touchpoint_number = 1 then channel end) as first_touch_channel,
    count(*) as touchpoint_count,
    count(distinct session_id) as session_count,
    max(journey_number) as journey_count,
    sum(cost) as ad_cost,
    bool_or(touchpoint_type = 'lead_capture') as has_been_lead,
    bool_or(touchpoint_type = 'loyalty_join') as is_loyalty_member
from touches
group by customer_id
