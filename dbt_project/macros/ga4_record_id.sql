{#
  source_record_id of an event of stg_ga4__events: table and keys of the landed row, and its number among rows that share
  them. Text of a hundred bytes an event is the dearest thing to store of it, so models keep record_number and make the
  text where it is told.
#}
{% macro ga4_record_id(of='') -%}
    {%- set at = of ~ '.' if of -%}
    concat_ws(
        '/',
        'analytics_' || {{ at }}account_id,
        'events_' || {{ table_suffix(at ~ 'partition_date') }},
        {{ at }}event_timestamp,
        {{ at }}event_name,
        coalesce({{ at }}landed_user_pseudo_id, {{ at }}user_pseudo_id, ''),
        coalesce(cast({{ at }}event_bundle_sequence_id as varchar), ''),
        coalesce(cast({{ at }}batch_event_index as varchar), ''),
        {{ at }}row_of_key
    )
{%- endmacro %}
