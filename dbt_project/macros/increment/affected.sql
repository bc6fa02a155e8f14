{#
  Which rows of an incremental model may have changed, by a column (or several) that they are found by.

  `note_affected` is the pre-hook: it keeps the values, one row each, in `changes.<model>__affected` before anything is
  replaced. `query` selects them from `changes.<upstream>`, where every incremental model leaves the keys of the rows
  that it took out or put in. `is_affected` is the filter for the model's own query; in a full build it is true.
  The values may be too many, never too few: what did not change is compared and left alone.
#}
{% macro note_affected(columns, query) -%}
    {%- set columns = [columns] if columns is string else columns -%}
    {%- if is_incremental() -%}
    create or replace table changes.{{ this.identifier }}__affected as
    select distinct {{ columns | join(', ') }} from ({{ query }}) as found
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}

{% macro is_affected(columns, of='') -%}
    {%- set columns = [columns] if columns is string else columns -%}
    {%- if is_incremental() -%}
    exists (
        select 1 from changes.{{ this.identifier }}__affected as affected
        where
            {%- for column in columns %}
            {{ 'and ' if not loop.first }}affected.{{ column }} = {{ of ~ '.' if of }}{{ column }}
            {%- endfor %}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#
  The affected rows of `model`, joined to rows read as `of`. A value named `<column>_from` stands for all of the column from it on. Of a join
  DuckDB takes the column's bounds and reads no other part of the table; for `exists` with such a comparison it makes a row for each of
  the table's values. No two affected values stand for one row.
#}
{% macro join_affected(columns, of, model) -%}
    inner join changes.{{ model }}__affected as affected
        on
            {%- for column in columns %}
            {{ 'and ' if not loop.first }}
            {%- if column.endswith('_from') -%}
            {{ of }}.{{ column[:-5] }} >= affected.{{ column }}
            {%- else -%}
            {{ of }}.{{ column }} = affected.{{ column }}
            {%- endif %}
            {%- endfor %}
{%- endmacro %}

{# The places of the affected rows in `relation`. #}
{% macro affected_places(relation, columns, model) -%}
    {%- set columns = [columns] if columns is string else columns -%}
    select found.rowid from {{ relation }} as found
    {{ join_affected(columns, 'found', model) }}
{%- endmacro %}

{#
  In a night, the rows of a wide table (read as `found`) that meet a condition, found before any other of its columns is read.
  What changed in this run stands together at the table's end. The filter of a join lets rows of all parts pass by chance, and all
  columns would be read for them.
#}
{% macro found_rows(relation, condition) -%}{{ return(adapter.dispatch('found_rows')(relation, condition)) }}{%- endmacro %}
{% macro default__found_rows(relation, condition) -%}
    {%- if is_incremental() -%}
    select * from {{ relation }}
    where rowid in (
        select found.rowid from {{ relation }} as found
        where {{ condition }}
    )
    {%- else -%}
    select found.* from {{ relation }} as found
    where {{ condition }}
    {%- endif %}
{%- endmacro %}
