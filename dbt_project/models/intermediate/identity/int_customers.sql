{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='component_id',
    meta={'affected_by': 'component_id', 'tells': ['component_id']},
    pre_hook="{{ note_affected('component_id', affected_people()) }}"
) }}

-- A person keeps its customer's name when it grows: it is called by what it was when it was first known. That is the
-- device on which the person was recognised for the first time, whose anonymous customer it was until then, or else the
-- identifier by which it was first known. What joins later, however old, renames nobody.
with components as (

    select * from {{ ref('int_identity_components') }} as components
    where {{ is_affected('component_id', of='components') }}

),

first_known as (

    select
        component_id,
        identifier_type || ':' || identifier || coalesce('@' || cast(starts_at as varchar), '') as named_by,
        first_seen_at
    from components
    qualify row_number() over (
        partition by component_id
        order by first_seen_at nulls last, identifier_type, identifier, starts_at nulls first
    ) = 1

),

-- A device gives its name to the first person that it told, and only if it was the first device to tell of that person.
first_of_person as (

    select * from {{ ref('int_identity_recognitions') }} as recognitions
    where
        user_pseudo_id is not null
        and override_line is null
        and {{ is_affected('component_id', of='recognitions') }}
    qualify row_number() over (
        partition by component_id order by first_seen_at, first_record_id, user_pseudo_id
    ) = 1

),

first_on_device as (

    select * from {{ ref('int_identity_recognitions') }}
    where
        user_pseudo_id in (select first_of_person.user_pseudo_id from first_of_person)
        and override_line is null
    qualify row_number() over (
        partition by user_pseudo_id order by first_seen_at, first_record_id, component_id
    ) = 1

),

-- A profile is often made by the very visit that tells the address, so "first" is to the visit.
first_devices as (

    select
        first_of_person.component_id,
        first_of_person.user_pseudo_id,
        first_of_person.first_seen_at
    from first_of_person
    inner join first_on_device
        on
            first_of_person.user_pseudo_id = first_on_device.user_pseudo_id
            and first_of_person.component_id = first_on_device.component_id
    inner join {{ ref('int_identity_devices') }} as devices
        on first_of_person.user_pseudo_id = devices.user_pseudo_id
    where devices.blocked_by is null

),

named as (

    select
        first_known.component_id,
        case
            when
                first_devices.first_seen_at
                <= first_known.first_seen_at + {{ minutes(var('session_timeout_minutes')) }}
                then 'device:' || first_devices.user_pseudo_id
        end as named_by_device,
        first_known.named_by
    from first_known
    left join first_devices on first_known.component_id = first_devices.component_id

)

select
    component_id,
    {{ hashed_id(['coalesce(named_by_device, named_by)']) }} as customer_id
from named
