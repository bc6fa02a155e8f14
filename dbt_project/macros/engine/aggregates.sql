{# Texts of a group in an order, joined. #}
{% macro joined_in_order(text, separator, by) -%}{{ return(adapter.dispatch('joined_in_order')(text, separator, by)) }}{%- endmacro %}
{% macro default__joined_in_order(text, separator, by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ by }})
{%- endmacro %}

{# The exact median of a group; nulls are left out. #}
{% macro median_of(value) -%}{{ return(adapter.dispatch('median_of')(value)) }}{%- endmacro %}
{% macro default__median_of(value) -%}
    median({{ value }})
{%- endmacro %}

{# An aggregate: the bits that an odd number of a group's whole numbers have set. #}
{% macro parity(number) -%}{{ return(adapter.dispatch('parity')(number)) }}{%- endmacro %}
{% macro default__parity(number) -%}
    bit_xor({{ number }})
{%- endmacro %}

{# Whole microseconds from one timestamp to a later one. #}
{% macro micros_between(first, last) -%}{{ return(adapter.dispatch('micros_between')(first, last)) }}{%- endmacro %}
{% macro default__micros_between(first, last) -%}
    epoch_us({{ last }}) - epoch_us({{ first }})
{%- endmacro %}

{# Monday of the ISO week of a date. #}
{% macro week_start(day) -%}{{ return(adapter.dispatch('week_start')(day)) }}{%- endmacro %}
{% macro default__week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{# How alike two texts are, from 0 to 1 (Jaro-Winkler: a shared beginning counts more). #}
{% macro text_similarity(left_text, right_text) -%}{{ return(adapter.dispatch('text_similarity')(left_text, right_text)) }}{%- endmacro %}
{% macro default__text_similarity(left_text, right_text) -%}
    jaro_winkler_similarity({{ left_text }}, {{ right_text }})
{%- endmacro %}

{# Lower-case letters and digits of a text without accents; what is left of `Newsletter 2026-01-02` is `newsletter20260102`. #}
{% macro bare_text(text) -%}{{ return(adapter.dispatch('bare_text')(text)) }}{%- endmacro %}
{% macro default__bare_text(text) -%}
    regexp_replace(strip_accents(lower({{ text }})), '[^a-z0-9]', '', 'g')
{%- endmacro %}

{# An aggregate: the value of the row that is oldest by `by`; of several the smallest. #}
{% macro oldest(value, by) -%}{{ return(adapter.dispatch('oldest')(value, by)) }}{%- endmacro %}
{% macro default__oldest(value, by) -%}
    min_by({{ value }}, ({{ by }}, {{ value }})) filter (where {{ value }} is not null)
{%- endmacro %}

{# An aggregate: the value of the row that is first by a number which no two rows of a group share; much cheaper than `oldest`. #}
{% macro first_by(value, number) -%}{{ return(adapter.dispatch('first_by')(value, number)) }}{%- endmacro %}
{% macro default__first_by(value, number) -%}
    min_by({{ value }}, {{ number }})
{%- endmacro %}

{# An aggregate: the value of the row that is last by a number which no two rows of a group share. #}
{% macro last_by(value, number) -%}{{ return(adapter.dispatch('last_by')(value, number)) }}{%- endmacro %}
{% macro default__last_by(value, number) -%}
    max_by({{ value }}, {{ number }})
{%- endmacro %}

{# A row of each value of a column: found by its place, so that of all other columns only these rows are read. #}
{% macro one_row_of_each(relation, column) -%}{{ return(adapter.dispatch('one_row_of_each')(relation, column)) }}{%- endmacro %}
{% macro default__one_row_of_each(relation, column) -%}
    select * from {{ relation }}
    where rowid in (select min(places.rowid) from {{ relation }} as places group by places.{{ column }})
{%- endmacro %}
