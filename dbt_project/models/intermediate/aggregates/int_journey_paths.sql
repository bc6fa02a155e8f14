{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='journey_id',
    meta={'affected_by': 'customer_id'},
    pre_hook="{{ note_affected('customer_id', affected_paths()) }}"
) }}

{%- set closing = var('closing_conversion') %}

with touches as (

    select * from {{ ref('fct_customer_journey') }} as facts
    where {{ is_affected('customer_id', of='facts') }}

),

{{ eligible_touches('touches') }},

journeys as (

    select
        customer_id,
        journey_id,
        max(occurred_at) as ended_at,
        bool_or(touchpoint_type = '{{ closing }}') as is_converting,
        coalesce(sum(case when touchpoint_type = '{{ closing }}' then conversion_value end), 0) as net_revenue,
        coalesce(sum(cost), 0) as cost
    from touches
    group by customer_id, journey_id

),

-- The window of credit, counted from the journey's end: its purchase, or its last touch so far.
paths as (

    select
        candidates.journey_id,
        {{ joined_in_order('candidates.channel', ' > ', 'candidates.touchpoint_number') }} as path,
        count(*) as path_length,
        max(candidates.days_to_conversion) as days_to_conversion
    from candidates
    inner join journeys on candidates.journey_id = journeys.journey_id
    where candidates.occurred_at >= journeys.ended_at - {{ days(var('attribution_window_days')) }}
    group by candidates.journey_id

),

final as (

    select
        journeys.journey_id,
        journeys.customer_id,
        coalesce(paths.path, '(no touch)') as path,
        cast(coalesce(paths.path_length, 0) as integer) as path_length,
        journeys.is_converting,
        paths.days_to_conversion,
        cast(journeys.net_revenue as decimal(18, 6)) as net_revenue,
        cast(journeys.cost as decimal(18, 6)) as cost
    from journeys
    left join paths on journeys.journey_id = paths.journey_id

)

select * from final
