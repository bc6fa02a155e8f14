{# A join condition: two relations have the same values in some columns, null being a value. #}
{% macro equal_in(columns, left, right) -%}
    {%- for column in columns -%}
    {{ ' and ' if not loop.first }}{{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}
