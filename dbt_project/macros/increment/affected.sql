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
