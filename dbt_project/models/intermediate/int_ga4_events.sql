{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'visitor_id', 'tells': ['session_id']},
    pre_hook="{{ note_affected('visitor_id', affected_visits()) }}"
) }}

{%- set event_order = [
    'event_timestamp', 'event_bundle_sequence_id', 'batch_page_id', 'batch_ordering_id', 'batch_event_index',
    'partition_date', 'event_name', 'record_number'
] | join(', ') %}

-- Visits are worked out on few columns and given to the events at the end: sorting events with all that they tell costs
-- several times as much. What is set aside, and what has no consent, is no part of anybody's visit.
with visiting as (

    select
        {{ content_number(['events.source_record_id']) }} as record_number,
        events.visitor_id,
        events.ga_session_id,
        events.event_timestamp,
        events.occurred_at,
        events.event_bundle_sequence_id,
        events.batch_page_id,
        events.batch_ordering_id,
        events.batch_event_index,
        events.partition_date,
        events.event_name
    from {{ ref('stg_ga4__events') }} as events
    left join {{ ref('int_ga4_events_set_aside') }} as set_aside
        on events.source_record_id = set_aside.source_record_id
    where events.has_consent and set_aside.source_record_id is null and {{ is_affected('visitor_id', of='events') }}

),

-- Where GA4 gives no session id, a pause longer than the timeout on the device starts a session.
paused as (

    select
        visiting.*,
        ga_session_id is null
        and coalesce(
            occurred_at - lag(occurred_at) over (
                partition by visitor_id order by {{ event_order }}
            ) > {{ minutes(var('session_timeout_minutes')) }},
            true
        ) as starts_by_pause
    from visiting

),

opened as (

    select
        paused.*,
        case
            when ga_session_id is not null then cast(ga_session_id as varchar)
            when starts_by_pause then 'pause' || cast(event_timestamp as varchar)
        end as opened_session
    from paused

),

-- An event without an id belongs to the session that goes on at the time.
assigned as (

    select
        opened.*,
        last_value(opened_session ignore nulls) over (
            partition by visitor_id
            order by {{ event_order }}
            rows between unbounded preceding and current row
        ) as visit
    from opened

),

numbered as (

    select
        record_number,
        event_timestamp,
        visit,
        row_number() over (partition by visitor_id, visit order by {{ event_order }}) as event_number,
        count(*) over (partition by visitor_id, visit) as events_in_session
    from assigned

),

-- An event that is of no visit stands alone.
judged as (

    select
        events.*,
        event_types.touchpoint_type,
        case
            when numbered.visit is not null
                then concat_ws('.', events.account_id, events.user_pseudo_id, numbered.visit)
            else events.source_record_id
        end as session_id,
        coalesce(numbered.event_number, 1) as event_number,
        case
            when numbered.events_in_session > {{ var('max_events_per_session') }} then 'bot'
            else set_aside.set_aside_reason
        end as set_aside_reason
    from {{ ref('stg_ga4__events') }} as events
    left join {{ ref('int_ga4_events_set_aside') }} as set_aside
        on events.source_record_id = set_aside.source_record_id
    left join numbered
        on
            events.event_timestamp = numbered.event_timestamp
            and {{ content_number(['events.source_record_id']) }} = numbered.record_number
    left join {{ ref('event_types') }} as event_types
        on events.event_name = event_types.event_name
    where {{ is_affected('visitor_id', of='events') }}

)

select * from judged
