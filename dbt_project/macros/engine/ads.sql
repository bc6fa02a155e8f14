{# Integer millionths of a currency unit (Google's micros) as decimal(18,6), exactly. #}
{% macro money_from_micros(micros) -%}{{ return(adapter.dispatch('money_from_micros')(micros)) }}{%- endmacro %}
{% macro default__money_from_micros(micros) -%}
    cast(cast({{ micros }} as decimal(38, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6))
{%- endmacro %}

{#
  Money divided by a count, rounded down to the millionth: count times the result never passes the amount.
  Whole numbers throughout, because a quotient of doubles can end one millionth low (0.3 / 3). Null where the amount is
  unknown, 0 where it is a credit, and null for a count of 0.
#}
{% macro divided_down(amount, count) -%}{{ return(adapter.dispatch('divided_down')(amount, count)) }}{%- endmacro %}
{% macro default__divided_down(amount, count) -%}
    case
        when {{ amount }} > 0
            then {{ money_from_micros('cast(cast(' ~ amount ~ ' as decimal(38, 6)) * 1000000 as hugeint) // nullif(' ~ count ~ ', 0)') }}
        when {{ amount }} <= 0 and {{ count }} > 0 then 0
    end
{%- endmacro %}

{# An amount at a rate as decimal(18,6), half away from zero; null where either is unknown, or the result beyond twelve digits. #}
{% macro converted(amount, rate) -%}{{ return(adapter.dispatch('converted')(amount, rate)) }}{%- endmacro %}
{% macro default__converted(amount, rate) -%}
    try_cast(round(cast({{ amount }} as decimal(29, 6)) * {{ rate }}, 6) as decimal(18, 6))
{%- endmacro %}

{# The calendar day of a UTC timestamp in a time zone that is a column. #}
{% macro local_date(moment, zone) -%}{{ return(adapter.dispatch('local_date')(moment, zone)) }}{%- endmacro %}
{% macro default__local_date(moment, zone) -%}
    cast(timezone({{ zone }}, timezone('UTC', {{ moment }})) as date)
{%- endmacro %}

{# A value inside a JSON text by its path (`link_data.link`), as text; null where the text is no JSON. #}
{% macro json_path_text(column, path) -%}{{ return(adapter.dispatch('json_path_text')(column, path)) }}{%- endmacro %}
{% macro default__json_path_text(column, path) -%}
    case when json_valid({{ column }}) then nullif(trim(json_extract_string({{ column }}, '$.{{ path }}')), '') end
{%- endmacro %}

{#
  One of Meta's actions under the ad's own attribution setting, as decimal(18,6). Meta counts one purchase under
  several overlapping types, so the first type that is there is taken and types are never added.
#}
{% macro meta_action(column, action_types) -%}{{ return(adapter.dispatch('meta_action')(column, action_types)) }}{%- endmacro %}
{% macro default__meta_action(column, action_types) -%}
    coalesce(
        {%- for action_type in action_types %}
        list_filter(
            {{ column }}, lambda held: held.action_type = '{{ action_type }}' and held.action_window = 'value'
        )[1].value,
        {%- endfor %}
        0
    )
{%- endmacro %}

{# Part `number` (from 1) of a text split at a separator; null where there is none. #}
{% macro text_part(text, separator, number) -%}{{ return(adapter.dispatch('text_part')(text, separator, number)) }}{%- endmacro %}
{% macro default__text_part(text, separator, number) -%}
    nullif(split_part({{ text }}, '{{ separator }}', {{ number }}), '')
{%- endmacro %}

{# Meta's names for a purchase, the widest first: everywhere, any website or app, the website's pixel. #}
{% macro meta_purchase_actions() -%}
    {{ return(['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase', 'onsite_web_purchase']) }}
{%- endmacro %}

{# Every day from the first to the last, both included, as a relation of one column. #}
{% macro every_day(first_date, last_date) -%}{{ return(adapter.dispatch('every_day')(first_date, last_date)) }}{%- endmacro %}
{% macro default__every_day(first_date, last_date) -%}
    generate_series(date '{{ first_date }}', date '{{ last_date }}', {{ days(1) }})
{%- endmacro %}

{# A timestamp of a time zone that is a column, as a UTC timestamp without zone; null where that is beyond the last one there is. #}
{% macro utc_from_local(moment, zone) -%}{{ return(adapter.dispatch('utc_from_local')(moment, zone)) }}{%- endmacro %}
{% macro default__utc_from_local(moment, zone) -%}
    try(timezone('UTC', timezone({{ zone }}, {{ moment }})))
{%- endmacro %}

{# An aggregate: the value of the row that is newest by `by`, nulls left aside. #}
{% macro newest(value, by) -%}{{ return(adapter.dispatch('newest')(value, by)) }}{%- endmacro %}
{% macro default__newest(value, by) -%}
    max_by({{ value }}, ({{ by }}, {{ value }})) filter (where {{ value }} is not null)
{%- endmacro %}

{# A list with one text in it. #}
{% macro one_text_list(text) -%}{{ return(adapter.dispatch('one_text_list')(text)) }}{%- endmacro %}
{% macro default__one_text_list(text) -%}
    list_value({{ text }})
{%- endmacro %}
