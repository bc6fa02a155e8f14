{# Whether a touch is a step towards buying: the arrival row of a session that holds one is of stage decision (docs/model.md). #}
{% macro is_decision_step(touchpoint_type) -%}
    coalesce({{ touchpoint_type }} in ('add_to_cart', 'checkout', 'purchase'), false)
{%- endmacro %}
