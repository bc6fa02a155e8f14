{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'tells': ['session_id']}
) }}

with visits as (

    select * from {{ ref('int_matomo_visits') }}

),

action_types as (

    select * from {{ ref('matomo_action_types') }}

),

-- The visit itself is its first event: where it came from stands there, also when Matomo shows none of its actions.
openings as (

    select
        source_record_id,
        session_id,
        1 as event_number,
        'visit' as event_name,
        cast(null as varchar) as touchpoint_type,
        first_action_at as occurred_at,
        page_location,
        cast(null as varchar) as transaction_id,
        cast(null as decimal(18, 6)) as revenue
    from visits

),

-- A row for a name beats the row for all of its kind.
actions as (

    select
        actions.source_record_id,
        visits.session_id,
        actions.action_number + 1 as event_number,
        actions.action_kind as event_name,
        case
            when named.action_type is null then general.touchpoint_type
            else named.touchpoint_type
        end as touchpoint_type,
        actions.occurred_at,
        actions.page_location,
        actions.transaction_id,
        actions.revenue
    from {{ ref('stg_matomo__actions') }} as actions
    inner join visits
        on
            actions.account_id = visits.account_id
            and actions.visit_id = visits.visit_id
            and actions.partition_date = visits.partition_date
    left join action_types as named
        on actions.action_kind = named.action_type and actions.action_name = named.action_name
    left join action_types as general
        on actions.action_kind = general.action_type and general.action_name is null

),

events as (

    select * from openings
    union all
    select * from actions

),

-- One sale is one row: GA4 may watch the same shop, and a reloaded page may report an order again.
reported as (

    select
        events.*,
        count(*) over (partition by session_id) as events_in_session,
        row_number() over (
            partition by touchpoint_type, transaction_id order by occurred_at, source_record_id
        ) as report_number
    from events

),

sold_elsewhere as (

    select distinct transaction_id
    from {{ ref('int_ga4_events') }}
    where set_aside_reason is null and touchpoint_type = 'purchase' and transaction_id is not null

),

screened as (

    select
        reported.*,
        case
            when
                reported.touchpoint_type = 'purchase'
                and reported.transaction_id is not null
                and (reported.report_number > 1 or sold_elsewhere.transaction_id is not null)
                then 'duplicate'
            when reported.events_in_session > {{ var('max_events_per_session') }} + 1 then 'bot'
        end as set_aside_reason
    from reported
    left join sold_elsewhere
        on reported.transaction_id = sold_elsewhere.transaction_id

)

select
    screened.source_record_id,
    screened.session_id,
    screened.event_number,
    screened.event_name,
    screened.touchpoint_type,
    screened.occurred_at,
    screened.page_location,
    screened.transaction_id,
    screened.revenue,
    screened.set_aside_reason,
    visits.account_id,
    visits.user_pseudo_id,
    visits.user_id,
    visits.email_sha256,
    visits.device_category,
    visits.currency,
    visits.page_host,
    visits.partition_date,
    visits.loaded_at
from screened
inner join visits on screened.session_id = visits.session_id
