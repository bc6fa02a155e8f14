{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'visitor_id', 'tells': ['session_id']},
    pre_hook="{{ note_affected('visitor_id', 'select visitor_id from changes.int_ga4_events_screened') }}"
) }}

{%- set event_order = [
    'event_timestamp', 'event_bundle_sequence_id', 'batch_page_id', 'batch_ordering_id', 'batch_event_index', 'source_record_id'
] | join(', ') %}

-- What is set aside, and what has no consent, is no part of anybody's visit.
with screened as (

    select
        *,
        set_aside_reason is null and has_consent as is_of_a_visit
    from {{ ref('int_ga4_events_screened') }} as events
    where {{ is_affected('visitor_id', of='events') }}

),

-- Where GA4 gives no session id, a pause longer than the timeout on the device starts a session.
paused as (

    select
        screened.*,
        is_of_a_visit
        and ga_session_id is null
        and coalesce(
            occurred_at - lag(occurred_at) over (
                partition by account_id, user_pseudo_id, is_of_a_visit order by {{ event_order }}
            ) > {{ minutes(var('session_timeout_minutes')) }},
            true
        ) as starts_by_pause
    from screened

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

-- An event without an id belongs to the session that goes on at the time. An event without consent stands alone.
assigned as (

    select
        opened.*,
        case
            when is_of_a_visit
                then concat_ws(
                    '.',
                    account_id,
                    user_pseudo_id,
                    last_value(opened_session ignore nulls) over (
                        partition by account_id, user_pseudo_id, is_of_a_visit
                        order by {{ event_order }}
                        rows between unbounded preceding and current row
                    )
                )
            else source_record_id
        end as session_id
    from opened

),

numbered as (

    select
        assigned.*,
        row_number() over (partition by session_id order by {{ event_order }}) as event_number,
        count(*) over (partition by session_id) as events_in_session
    from assigned

),

judged as (

    select
        * exclude (set_aside_reason, is_of_a_visit, starts_by_pause, opened_session, events_in_session),
        coalesce(
            set_aside_reason,
            case when events_in_session > {{ var('max_events_per_session') }} then 'bot' end
        ) as set_aside_reason
    from numbered

)

select * from judged
