{#
  Attribution models. A model is one macro, `attribution_weight__<name>`, whose expression weighs one eligible touch of a
  conversion; its name then goes into the setting `attribution_models`. Credit is weight divided by the sum of the
  conversion's weights. There to read: touch_position (1 is the earliest), touch_count, occurred_at, converted_at, channel.
  docs/attribution.md defines them. Markov and Shapley weigh channels, not touches: int_attribution_channel_weights.
#}
{% macro attribution_weight__first_touch() -%}
    case when touch_position = 1 then 1 else 0 end
{%- endmacro %}

{% macro attribution_weight__last_touch() -%}
    case when touch_position = touch_count then 1 else 0 end
{%- endmacro %}

{# Where every touch is Direct, the last one. #}
{% macro attribution_weight__last_non_direct() -%}
    case
        when touch_position = coalesce(
            max(case when channel <> 'Direct' then touch_position end) over (partition by conversion_id), touch_count
        ) then 1
        else 0
    end
{%- endmacro %}

{% macro attribution_weight__linear() -%}
    1
{%- endmacro %}

{# The setting's weights of the first, all middle and the last touch; two touches share equally, whatever the weights. #}
{% macro attribution_weight__position_based() -%}
    {%- set first, middle, last = var('position_weights') -%}
    case
        when touch_count <= 2 then 1
        when touch_position = 1 then {{ first }}
        when touch_position = touch_count then {{ last }}
        else {{ middle }} / cast(touch_count - 2 as double)
    end
{%- endmacro %}

{#
  A touch one half-life earlier weighs half as much. Days are counted back from the last touch: counted from the conversion
  they give the same shares, but a long wait before it could make all weights vanish.
#}
{% macro attribution_weight__time_decay() -%}
    power(
        2,
        -{{ fraction_of_days('occurred_at', 'max(occurred_at) over (partition by conversion_id)') }}
        / {{ var('half_life_days') }}
    )
{%- endmacro %}

{# Models whose credit follows from the weights of channels over all journeys. #}
{% macro channel_models() -%}
    {{ return(['markov', 'shapley']) }}
{%- endmacro %}

{% macro attribution_weight(model) -%}
    {%- set named = 'attribution_weight__' ~ model -%}
    {%- if named not in context -%}
        {{ exceptions.raise_compiler_error("The setting attribution_models names " ~ model ~ ", which has no macro " ~ named ~ ".") }}
    {%- endif -%}
    {{ context[named]() }}
{%- endmacro %}
