{# Two select items that open a list into one row an element: the element, and its place from 1. #}
{% macro opened_list(column, element, place) -%}{{ return(adapter.dispatch('opened_list')(column, element, place)) }}{%- endmacro %}
{% macro default__opened_list(column, element, place) -%}
    unnest({{ column }}) as {{ element }},
    generate_subscripts({{ column }}, 1) as {{ place }}
{%- endmacro %}

{# A select item that makes one row of each of some records, which are given as mappings of a field's name to an expression. #}
{% macro opened_records(records) -%}{{ return(adapter.dispatch('opened_records')(records)) }}{%- endmacro %}
{% macro default__opened_records(records) -%}
    unnest([
        {%- for record in records %}
        struct_pack(
            {%- for name, expression in record.items() %}
            {{ name }} := {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ])
{%- endmacro %}

{# A field of such a record. #}
{% macro field_of(record, name) -%}{{ return(adapter.dispatch('field_of')(record, name)) }}{%- endmacro %}
{% macro default__field_of(record, name) -%}{{ record }}.{{ name }}{%- endmacro %}

{#
  An aggregate: whole numbers below 2^20 of a group as a list, in the order of another whole number below 2^42. Each pair is sorted
  as one number, at a fraction of what an aggregate with an order costs.
#}
{% macro numbers_in_order(number, by) -%}{{ return(adapter.dispatch('numbers_in_order')(number, by)) }}{%- endmacro %}
{% macro default__numbers_in_order(number, by) -%}
    list_transform(
        list_sort(list({{ by }} * cast(1048576 as bigint) + {{ number }})), lambda held: cast(held % 1048576 as integer)
    )
{%- endmacro %}
