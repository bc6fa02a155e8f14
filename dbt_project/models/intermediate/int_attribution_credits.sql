{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook="{{ note_affected('conversion_id', 'select conversion_id from changes.int_eligible_touches') }}"
) }}

{%- set models = var('attribution_models') | reject('in', channel_models()) | list %}

with eligible as (

    select * from {{ ref('int_eligible_touches') }} as touches
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
