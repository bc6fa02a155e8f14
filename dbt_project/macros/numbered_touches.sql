{#
  From the CTE `touches` (touchpoint_id, customer_number, touchpoint_type, is_decision_arrival, occurred_at, event_number) to the CTE
  `numbered`: one row per touch, found by touch_number, with its place among its customer's touches and in its journey. `closing` is the type of touch that ends one; what comes after a purchase does so whatever ends a journey.
#}
{% macro numbered_touches(closing) -%}
-- A number stands for a touch, in the order of its id. All of them are there before they are put in order: what joins hold
-- and what sorting holds do not fit into memory together.
placed as {{ read_first() }} (

    select
        {{ start_of_id('touchpoint_id') }} as touch_number,
        customer_number,
        touchpoint_type,
        is_decision_arrival,
        occurred_at,
        event_number
    from touches

),

-- The order of a customer's touches; nothing in it depends on when a row arrived. It is worked out on numbers and given
-- to the touches at the end: sorting them with their ids, or with all that they tell, costs several times as much. A
-- journey ends with a closing conversion, itself included; the next touch opens the next one.
ordered as (

    select
        touch_number,
        customer_number,
        touchpoint_type,
        is_decision_arrival,
        cast(row_number() over by_time as integer) as customer_touch_number,
        count(case when touchpoint_type = '{{ closing }}' then 1 end) over (
            by_time rows between unbounded preceding and 1 preceding
        ) as closings_before,
        {%- if closing != 'purchase' %}
        count(case when touchpoint_type = 'purchase' then 1 end) over (
            by_time rows between unbounded preceding and 1 preceding
        ) as purchases_before,
        {%- endif %}
        case when touchpoint_type = '{{ closing }}' then occurred_at end as closes_at
    from placed
    window by_time as (partition by customer_number order by occurred_at, event_number, touch_number)

),

journeys as (

    select
        customer_number,
        closings_before,
        min(customer_touch_number) as first_touch_number,
        cast(count(*) as integer) as touchpoints_in_journey,
        max(closes_at) as closed_at
    from ordered
    group by customer_number, closings_before

),

numbered as (

    select
        ordered.touch_number,
        ordered.touchpoint_type,
        ordered.is_decision_arrival,
        ordered.customer_touch_number,
        cast(ordered.closings_before + 1 as integer) as journey_number,
        cast(ordered.customer_touch_number - journeys.first_touch_number + 1 as integer) as touchpoint_number,
        journeys.touchpoints_in_journey,
        journeys.closed_at,
        ordered.{{ 'closings' if closing == 'purchase' else 'purchases' }}_before > 0 as is_after_first_purchase,
        ordered.customer_touch_number = 1 as is_first_of_customer
    from ordered
    inner join journeys
        on ordered.customer_number = journeys.customer_number and ordered.closings_before = journeys.closings_before

)
{%- endmacro %}

{# The id of a customer's journey, first to last. #}
{% macro journey_id(customer_id, journey_number) -%}
    {{ hashed_id([customer_id, journey_number ~ ' - 1']) }}
{%- endmacro %}
