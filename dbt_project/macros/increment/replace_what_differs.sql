{#
  The incremental strategy of everything that grows with history: the model's query says how its affected rows look now;
  rows that look the same stay, the others are taken out and put in. What was touched is left in `changes.<model>`
  for the models after it, so a change stops where it makes no difference.

  In a model's config: `unique_key`; meta.tells, the columns that later models find their affected rows by (old and new
  values both are told); meta.affected_by, the columns of `note_affected` where the query gives part of the table
  (without it, the query gives the whole table and the whole is compared); meta.always, a condition for rows that the
  query gives in any case. `loaded_at` is not compared: a row that comes again as it was keeps the time it first came.

  meta.compares: false replaces the affected rows whether they differ or not. It is for wide models that are affected by what
  has really changed, and whose loaded_at comes from rows that are compared: reading all columns of the held rows costs more
  than writing the few that look the same.

  meta.at_the_end: true is for models whose affected rows are nearly all of the last days, so that they stand together. Their places are
  found first, by the columns of affected_by alone, and nothing else of the history is read. Where they stand anywhere it gains nothing.
#}
{% macro get_incremental_replace_what_differs_sql(arguments) -%}
    {{ return(adapter.dispatch('replace_what_differs')(arguments)) }}
{%- endmacro %}

{% macro default__replace_what_differs(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set fresh = arguments['temp_relation'] -%}
    {%- set keys = arguments['unique_key'] -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='name') | list -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set affected_by = meta.get('affected_by', []) -%}
    {%- set tells = meta.get('tells') or keys -%}
    {%- set name = target.identifier -%}

    create or replace temp table {{ name }}__differing as
    select
        held.held_row,
        fresh.fresh_row
        {%- for column in tells %},
        held.{{ column }} as held_{{ column }},
        fresh.{{ column }} as fresh_{{ column }}
        {%- endfor %}
    from (
        select
            rowid as held_row,
            *
        from {{ target }}
        {%- if meta.get('at_the_end') %}
        where rowid in (
            {{ affected_places(target, affected_by, name) }}
        )
        {%- elif affected_by %}
        where {{ is_affected(affected_by, of=target.identifier) }}
        {%- endif %}
        {%- if affected_by and meta.get('always') %}
        union all
        select
            rowid as held_row,
            *
        from {{ target }}
        where {{ meta.get('always') }} and not {{ is_affected(affected_by, of=target.identifier) }}
        {%- endif %}
    ) as held
    full outer join (
        select
            rowid as fresh_row,
            *
        from {{ fresh }}
    ) as fresh
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}held.{{ adapter.quote(key) }} is not distinct from fresh.{{ adapter.quote(key) }}
            {%- endfor %}
    {%- if meta.get('compares', true) %}
    where
        held.held_row is null
        or fresh.fresh_row is null
        {%- for column in columns if column not in keys and column != 'loaded_at' %}
        or held.{{ adapter.quote(column) }} is distinct from fresh.{{ adapter.quote(column) }}
        {%- endfor %}
    {%- endif %};

    create or replace table changes.{{ name }} as
    {%- for side in ['held', 'fresh'] %}
    select
        {%- for column in tells %}
        {{ side }}_{{ column }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}__differing
    where {{ side }}_row is not null
    {{- ' union' if not loop.last }}
    {%- endfor %};

    insert into changes.rows_touched
    select '{{ name }}', count(held_row), count(fresh_row) from {{ name }}__differing;

    delete from {{ target }} where rowid in (select held_row from {{ name }}__differing);

    insert into {{ target }} ({{ columns | map('tojson') | join(', ') }})
    select {{ columns | map('tojson') | join(', ') }} from {{ fresh }}
    where rowid in (select fresh_row from {{ name }}__differing);

    drop table {{ name }}__differing
{%- endmacro %}

{# Before a run: nothing is known to have changed. What reads a change that was not worked out in this run fails. #}
{% macro forget_changes() -%}
    drop schema if exists changes cascade;
    create schema changes;
    create table changes.rows_touched (model varchar, taken_out bigint, put_in bigint)
{%- endmacro %}
