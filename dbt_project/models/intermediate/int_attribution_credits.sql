{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook="{{ note_affected('conversion_id', affected_weights()) }}"
) }}

with eligible as (

    select
        touches.*,
        facts.channel
    from {{ ref('int_eligible_touches') }} as touches
    left join {{ ref('fct_customer_journey') }} as facts on touches.touchpoint_id = facts.touchpoint_id
    where {{ is_affected('conversion_id', of='touches') }}

),

weighed as (

    {%- for model in var('attribution_models') if model not in channel_models() %}
    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        '{{ model }}' as model,
        cast({{ attribution_weight(model) }} as double) as weight
    from eligible
    union all
    {%- endfor %}
    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        cast(null as varchar) as model,
        cast(null as double) as weight
    from eligible
    where false

),

{{ settled_credits() }}

select * from settled
