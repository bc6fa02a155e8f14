{#
  Whether a clock is too far from its table's date to say when something happened. No zone is more than 14 hours from UTC:
  what is well between the bounds there needs no calendar.
#}
{% macro has_impossible_clock(moment, day) -%}
    case
            when
                {{ moment }} >= {{ day }} - {{ days(var('max_clock_lag_days') - 1) }}
                and {{ moment }} < {{ day }} + {{ days(1) }}
                then false
            else
                {{ reporting_date(moment) }} < {{ day }} - {{ var('max_clock_lag_days') }}
                or {{ reporting_date(moment) }} > {{ day }} + 1
        end
{%- endmacro %}
