{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': 'user_pseudo_id', 'tells': ['session_id']},
    pre_hook="{{ note_affected('user_pseudo_id', affected_device_sessions()) }}"
) }}

with devices as (

    select * from {{ ref('int_identity_devices') }}

),

sessions as (

    select
        session_id,
        user_pseudo_id,
        min(first_seen_at) as started_at,
        max(last_seen_at) as ended_at
    from {{ ref('int_identity_sightings') }} as sightings
    where user_pseudo_id is not null and {{ is_affected('user_pseudo_id', of='sightings') }}
    group by session_id, user_pseudo_id

),

-- The person identified last in a session is the one it belongs to.
named_sessions as (

    select
        session_id,
        component_id
    from {{ ref('int_identity_recognitions') }} as recognitions
    where
        user_pseudo_id is not null
        and override_line is null
        and {{ is_affected('user_pseudo_id', of='recognitions') }}
    qualify row_number() over (
        partition by session_id order by last_seen_at desc, first_seen_at desc, identifier_type || ':' || identifier asc
    ) = 1

),

-- Whose a session of a shared device is depends on the others of that device; there are few such devices.
shared as (

    select
        sessions.session_id,
        named_sessions.component_id,
        last_value(named_sessions.component_id ignore nulls) over (
            partition by sessions.user_pseudo_id
            order by sessions.started_at, sessions.session_id
            rows between unbounded preceding and current row
        ) as component_so_far,
        first_value(named_sessions.component_id ignore nulls) over (
            partition by sessions.user_pseudo_id
            order by sessions.started_at, sessions.session_id
            rows between current row and unbounded following
        ) as component_next
    from sessions
    inner join devices on sessions.user_pseudo_id = devices.user_pseudo_id
    left join named_sessions on sessions.session_id = named_sessions.session_id
    where devices.is_shared

),

ordered as (

    select
        sessions.session_id,
        sessions.user_pseudo_id,
        sessions.started_at,
        sessions.ended_at,
        coalesce(devices.is_shared, false) as is_shared,
        coalesce(devices.is_counter, false) as is_counter,
        devices.first_component_id,
        devices.given_component_id,
        shared.component_id,
        shared.component_so_far,
        shared.component_next
    from sessions
    left join devices on sessions.user_pseudo_id = devices.user_pseudo_id
    left join shared on sessions.session_id = shared.session_id

),

decided as (

    select
        session_id,
        user_pseudo_id,
        started_at,
        ended_at,
        is_shared,
        case
            when not is_shared then first_component_id
            when component_id is not null or is_counter then component_id
            else coalesce(given_component_id, component_so_far, component_next)
        end as component_id,
        case
            when not is_shared and first_component_id is null then 'anonymous_device'
            when not is_shared and given_component_id is not null then 'override'
            when not is_shared then 'identified_on_device'
            when component_id is not null then 'identified_in_session'
            when is_counter then 'counter_nobody'
            when given_component_id is not null then 'shared_device_override'
            when component_so_far is not null then 'shared_device_last_person'
            else 'shared_device_next_person'
        end as evidence
    from ordered

)

select * from decided
