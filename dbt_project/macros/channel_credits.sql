{#
  Credit and revenue of eligible touches by the weights of their channels, as a query. Grain: conversion x touchpoint x model with
  credit. `asked_for` is a condition on int_eligible_touches (read as `eligible`) that leaves out whole conversions.

  It is asked and not stored: one journey moves the weights, so every build would write all of it, and its ids are dearer to write
  than its credits are to work out.
#}
{% macro channel_credits(asked_for='true') -%}
{%- set models = channel_models() | select('in', var('attribution_models')) | list %}
with weights as (

    select
        {%- for model in models %}
        max(case when model = '{{ model }}' then weight end) as weight_{{ model }},
        {%- endfor %}
        channel
    from {{ ref('int_attribution_channel_weights') }}
    group by channel

),

-- A channel counts once a conversion, however often it was touched: its touches share its weight.
weighed as (

    select
        eligible.conversion_id,
        eligible.touchpoint_id,
        eligible.net_value,
        {%- for model in models %}
        weights.weight_{{ model }} / eligible.touches_of_channel as weight_{{ model }},
        {%- endfor %}
        eligible.touch_position
    from {{ ref('int_eligible_touches') }} as eligible
    left join weights on eligible.channel = weights.channel
    where {{ asked_for }}

),

{{ settled_credits(models) }}

select * from settled
{%- endmacro %}
