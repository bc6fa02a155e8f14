{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='user_pseudo_id',
    meta={'affected_by': 'user_pseudo_id'},
    pre_hook="{{ note_affected('user_pseudo_id', affected_devices()) }}"
) }}

-- Whom a device told, and what follows: nobody's, one person's alone, shared by several, or a counter for anybody.
with recognitions as (

    select * from {{ ref('int_identity_recognitions') }} as recognitions
    where
        override_line is null
        and user_pseudo_id is not null
        and {{ is_affected('user_pseudo_id', of='recognitions') }}

),

lines as (

    select
        *,
        identifier as user_pseudo_id
    from {{ ref('int_identity_overrides') }}
    where identifier_type = 'device'

),

overrides as (

    select * from lines
    where {{ is_affected('user_pseudo_id', of='lines') }}

),

blocked as (

    select
        user_pseudo_id,
        min(line) as blocked_by
    from overrides
    where action = 'block'
    group by user_pseudo_id

),

-- Somebody knows whose it is; the latest line counts.
given as (

    select
        overrides.user_pseudo_id,
        components.component_id,
        overrides.line as given_by
    from overrides
    inner join {{ ref('int_identity_components') }} as components
        on overrides.other_type = components.identifier_type and overrides.other_identifier = components.identifier
    where overrides.action = 'link' and components.ends_at is null
    qualify row_number() over (partition by overrides.user_pseudo_id order by overrides.line desc) = 1

),

told as (

    select
        user_pseudo_id,
        component_id,
        true as is_recognised
    from recognitions
    union all
    select
        user_pseudo_id,
        component_id,
        false as is_recognised
    from given

),

counted as (

    select
        user_pseudo_id,
        count(distinct component_id) as people,
        -- Whom a person names was not recognised there, and makes no counter of it.
        count(distinct component_id) filter (where is_recognised) as recognised_people,
        min(component_id) as first_component_id
    from told
    group by user_pseudo_id

),

named as (

    select user_pseudo_id from counted
    union
    select user_pseudo_id from blocked

)

select
    named.user_pseudo_id,
    coalesce(counted.people, 0) as people,
    counted.first_component_id,
    given.component_id as given_component_id,
    given.given_by,
    blocked.blocked_by,
    counted.recognised_people > {{ var('max_people_per_device') }} or blocked.blocked_by is not null as is_counter,
    coalesce(counted.people, 0) > 1 or blocked.blocked_by is not null as is_shared
from named
left join counted on named.user_pseudo_id = counted.user_pseudo_id
left join given on named.user_pseudo_id = given.user_pseudo_id
left join blocked on named.user_pseudo_id = blocked.user_pseudo_id
