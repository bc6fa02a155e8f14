{# What a change reaches among Matomo's visits. Each gives a query for `note_affected`. #}

{#
  Visits of changed partitions as these are now and as they were: a visit that went on after midnight may stand in two, and which of
  them tells it may change with either. And those of sites whose address is another now.
#}
{% macro affected_matomo_visits() -%}
    with changed as (
        {{ changed_partitions('matomo', 'visits') }}
    )
    select visits.account_id, visits.visit_id
    from {{ ref('stg_matomo__visits') }} as visits
    inner join changed on visits.account_id = changed.account_id and visits.partition_date = changed.partition_date
    union all
    select held.account_id, held.visit_id
    from {{ this }} as held
    inner join changed on held.account_id = changed.account_id and held.partition_date = changed.partition_date
    union all
    select held.account_id, held.visit_id
    from {{ this }} as held
    left join {{ ref('stg_matomo__sites') }} as sites on held.account_id = sites.account_id
    where held.site_host is distinct from sites.site_host
{%- endmacro %}

{#
  Sessions of affected visits, whose actions may be others though the visit tells the same; and those that report a sale which one of
  these reports or reported, or that GA4 tells now and did not, or the other way round. If GA4 told it, all its reports are set aside.
#}
{% macro affected_matomo_sessions() -%}
    with changed as (
        select account_id, visit_id, {{ matomo_session_id() }} as session_id from changes.int_matomo_visits__affected
    ),
    reports as (
        select session_id, transaction_id, coalesce(set_aside_reason = 'duplicate', false) as is_duplicate from {{ this }}
        where touchpoint_type = 'purchase' and transaction_id is not null
    ),
    sales as (
        select transaction_id, bool_and(is_duplicate) as was_sold_elsewhere from reports
        group by transaction_id
    ),
    sold_elsewhere as (
        select distinct transaction_id from {{ ref('int_ga4_events') }}
        where
            set_aside_reason is null
            and touchpoint_type = 'purchase'
            and transaction_id in (select transaction_id from sales)
    ),
    affected_sales as (
        select transaction_id from reports where session_id in (select session_id from changed)
        union
        select actions.transaction_id
        from {{ ref('stg_matomo__actions') }} as actions
        inner join changed on actions.account_id = changed.account_id and actions.visit_id = changed.visit_id
        where actions.transaction_id is not null
        union
        select sales.transaction_id
        from sales
        left join sold_elsewhere on sales.transaction_id = sold_elsewhere.transaction_id
        where
            sales.was_sold_elsewhere <> (sold_elsewhere.transaction_id is not null)
            and exists (select 1 from changes.int_ga4_events)
    )
    select session_id from changed
    union all
    select session_id from reports where transaction_id in (select transaction_id from affected_sales)
{%- endmacro %}

{# The id of a visit as a session, of its site and its number. #}
{% macro matomo_session_id() -%}
    concat_ws('.', 'matomo', account_id, visit_id)
{%- endmacro %}
