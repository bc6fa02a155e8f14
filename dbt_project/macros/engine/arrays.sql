{# Two select items that open a list into one row an element: the element, and its place from 1. #}
{% macro opened_list(column, element, place) -%}{{ return(adapter.dispatch('opened_list')(column, element, place)) }}{%- endmacro %}
{% macro default__opened_list(column, element, place) -%}
    unnest({{ column }}) as {{ element }},
    generate_subscripts({{ column }}, 1) as {{ place }}
{%- endmacro %}
