{#
  A text in which settings stand with their defaults, `max_events_per_session (500)`, with the values of this build.
#}
{% macro told_settings(text, names) -%}
    {%- for name in names %}
            regexp_replace(
    {%- endfor %}
            {{ text }}
    {%- for name in names %}
            , '{{ name }} [(][0-9,]+[)]', '{{ name }} ({{ "{:,}".format(var(name)) }})')
    {%- endfor %}
{%- endmacro %}
