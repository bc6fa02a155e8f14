{#
  Pre-hook of an incremental staging model: take out the rows of every partition that changed, was emptied or
  is gone, before the rows of `landing.<source>__<stream>` (which then holds the changed partitions only) come in.
#}
{% macro replace_changed_partitions(source_name, stream) -%}
    {% if is_incremental() %}
    delete from {{ this }} as held
    using landing.changed_partitions as changed
    where changed.source = '{{ source_name }}'
        and changed.stream = '{{ stream }}'
        and held.account_id = changed.account
        and held.partition_date = changed.dt
    {% else %}
    select 1
    {% endif %}
{%- endmacro %}
