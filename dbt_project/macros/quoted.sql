{# The names of a setting as SQL text literals. #}
{% macro quoted(names) -%}
    {%- for name in names %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
