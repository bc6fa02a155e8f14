{# Microseconds since 1970 as a UTC timestamp without zone. #}
{% macro utc_from_micros(micros) -%}{{ return(adapter.dispatch('utc_from_micros')(micros)) }}{%- endmacro %}
{% macro default__utc_from_micros(micros) -%}
    make_timestamp({{ micros }})
{%- endmacro %}

{# A UTC timestamp without zone as microseconds since 1970. #}
{% macro micros(moment) -%}{{ return(adapter.dispatch('micros')(moment)) }}{%- endmacro %}
{% macro default__micros(moment) -%}
    epoch_us({{ moment }})
{%- endmacro %}

{# A timestamp with zone as a UTC timestamp without zone: the marts' own kind, whose date no reader's zone can shift. #}
{% macro utc(moment) -%}{{ return(adapter.dispatch('utc')(moment)) }}{%- endmacro %}
{% macro default__utc(moment) -%}
    timezone('UTC', {{ moment }})
{%- endmacro %}

{# ISO 8601 text with an offset as a UTC timestamp without zone; null where unreadable. #}
{% macro utc_from_text(text) -%}{{ return(adapter.dispatch('utc_from_text')(text)) }}{%- endmacro %}
{% macro default__utc_from_text(text) -%}
    timezone('UTC', try_cast({{ text }} as timestamptz))
{%- endmacro %}

{# The calendar day of a UTC timestamp in the reporting time zone. #}
{% macro reporting_date(moment) -%}{{ return(adapter.dispatch('reporting_date')(moment)) }}{%- endmacro %}
{% macro default__reporting_date(moment) -%}
    cast(timezone('{{ var("reporting_time_zone") }}', timezone('UTC', {{ moment }})) as date)
{%- endmacro %}

{# Whole minutes as an interval. #}
{% macro minutes(count) -%}{{ return(adapter.dispatch('minutes')(count)) }}{%- endmacro %}
{% macro default__minutes(count) -%}
    to_minutes({{ count }})
{%- endmacro %}

{# Whole days as an interval. #}
{% macro days(count) -%}{{ return(adapter.dispatch('days')(count)) }}{%- endmacro %}
{% macro default__days(count) -%}
    to_days({{ count }})
{%- endmacro %}

{# Rows, one for each day between two dates, both included; no row where a bound is null. #}
{% macro days_between(first, last) -%}{{ return(adapter.dispatch('days_between')(first, last)) }}{%- endmacro %}
{% macro default__days_between(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}, to_days(1)))
{%- endmacro %}

{# Days from one timestamp to another, with their fraction. #}
{% macro fraction_of_days(first, last) -%}{{ return(adapter.dispatch('fraction_of_days')(first, last)) }}{%- endmacro %}
{% macro default__fraction_of_days(first, last) -%}
    (date_diff('microsecond', {{ first }}, {{ last }}) / cast(86400000000 as double))
{%- endmacro %}

{# A date as BigQuery's daily tables are named by it: `20260131`. #}
{% macro table_suffix(day) -%}{{ return(adapter.dispatch('table_suffix')(day)) }}{%- endmacro %}
{% macro default__table_suffix(day) -%}
    strftime({{ day }}, '%Y%m%d')
{%- endmacro %}

{# The names of the time zones that the engine knows. #}
{% macro time_zones() -%}{{ return(adapter.dispatch('time_zones')()) }}{%- endmacro %}
{% macro default__time_zones() -%}
    select name from pg_timezone_names()
{%- endmacro %}
