{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'tells': ['session_id', 'user_pseudo_id']}
) }}

with sightings as (

    select * from {{ ref('int_identity_sightings') }}

),

strong_identifiers as (

    select * from {{ ref('int_identity_components') }}

),

-- Both identifiers of a sighting are of one component by construction, so either tells it.
recognised as (

    select
        sightings.session_id,
        sightings.user_pseudo_id,
        sightings.first_seen_at,
        sightings.last_seen_at,
        strong_identifiers.component_id,
        strong_identifiers.identifier_type || ':' || strong_identifiers.identifier as named_identifier
    from sightings
    left join strong_identifiers
        on
            strong_identifiers.identifier_type
            = case when sightings.user_id is null then 'email_sha256' else 'user_id' end
            and strong_identifiers.identifier = coalesce(sightings.user_id, sightings.email_sha256)

),

devices as (

    select
        user_pseudo_id,
        min(component_id) as first_component_id,
        coalesce(min(component_id) <> max(component_id), false) as is_shared
    from recognised
    group by user_pseudo_id

),

sessions as (

    select
        session_id,
        user_pseudo_id,
        min(first_seen_at) as started_at,
        max(last_seen_at) as ended_at
    from recognised
    group by session_id, user_pseudo_id

),

-- The person identified last in a session is the one it belongs to.
named_sessions as (

    select
        session_id,
        component_id
    from recognised
    where component_id is not null
    qualify row_number() over (
        partition by session_id order by last_seen_at desc, first_seen_at desc, named_identifier asc
    ) = 1

),

ordered as (

    select
        sessions.session_id,
        sessions.user_pseudo_id,
        sessions.started_at,
        sessions.ended_at,
        devices.is_shared,
        devices.first_component_id,
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

),

decided as (

    select
        session_id,
        user_pseudo_id,
        started_at,
        ended_at,
        is_shared,
        case
            when is_shared then coalesce(component_id, component_so_far, component_next)
            else first_component_id
        end as component_id,
        case
            when first_component_id is null then 'anonymous_device'
            when not is_shared then 'identified_on_device'
            when component_id is not null then 'identified_in_session'
            when component_so_far is not null then 'shared_device_last_person'
            else 'shared_device_next_person'
        end as evidence
    from ordered

)

select * from decided
