{# Columns of an event with ids of clicks on ads, in the order in which they tell where several are there. #}
{% macro ad_click_ids() -%}
    {{ return(['gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'ttclid']) }}
{%- endmacro %}
