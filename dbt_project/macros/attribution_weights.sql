{#
  Attribution models. A model is one macro, `attribution_weight__<name>`, whose expression weighs one eligible touch of a
  conversion; its name then goes into the setting `attribution_models`. Credit is weight divided by the sum of the
  conversion's weights. There to read: touch_position (1 is the earliest), touch_count, occurred_at, converted_at.
#}
{% macro attribution_weight__first_touch() -%}
    case when touch_position = 1 then 1 else 0 end
{%- endmacro %}

{% macro attribution_weight__last_touch() -%}
    case when touch_position = touch_count then 1 else 0 end
{%- endmacro %}

{% macro attribution_weight__linear() -%}
    1
{%- endmacro %}

{% macro attribution_weight(model) -%}
    {%- set named = 'attribution_weight__' ~ model -%}
    {%- if named not in context -%}
        {{ exceptions.raise_compiler_error("The setting attribution_models names " ~ model ~ ", which has no macro " ~ named ~ ".") }}
    {%- endif -%}
    {{ context[named]() }}
{%- endmacro %}
