{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook="{{ note_affected('conversion_id', affected_weights()) }}"
) }}

{%- set models = var('attribution_models') | reject('in', channel_models()) | list %}

with eligible as (

    select
        touches.*,
        facts.channel
    from {{ ref('int_eligible_touches') }} as touches
    left join {{ ref('fct_customer_journey') }} as facts on touches.touchpoint_id = facts.touchpoint_id
    where {{ is_affected('conversion_id', of='touches') }}

),

weighed as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        {%- for model in models %}
        cast({{ attribution_weight(model) }} as double) as weight_{{ model }},
        {%- endfor %}
        touch_position
    from eligible

),

{{ settled_credits(models) }}

select * from settled
