{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['session_id', 'user_pseudo_id', 'user_id', 'email_sha256'],
    meta={'affected_by': 'session_id', 'tells': ['user_pseudo_id', 'component_id']},
    pre_hook="{{ note_affected('session_id', affected_recognitions()) }}"
) }}

-- Most sightings name nobody: DuckDB leaves these unread where one column is asked for after the other, not for either.
with of_somebody as (

    select * from {{ ref('int_identity_sightings') }} as sightings
    where user_id is not null and {{ is_affected('session_id', of='sightings') }}
    union all
    select * from {{ ref('int_identity_sightings') }} as sightings
    where user_id is null and email_sha256 is not null and {{ is_affected('session_id', of='sightings') }}

),

-- Who was recognised where. The user id tells it, the address where there is none or where it is nobody's own; what
-- unites nobody recognises nobody.
sightings as (

    select
        sightings.*,
        users.component_id as component_of_user,
        addresses.component_id as component_of_address
    from of_somebody as sightings
    left join {{ ref('int_identity_components') }} as users
        on
            users.identifier_type = 'user_id'
            and sightings.user_id = users.identifier
            and users.hub_reason is null
            and {{ held_at('users', 'sightings.first_seen_at') }}
    left join {{ ref('int_identity_components') }} as addresses
        on
            addresses.identifier_type = 'email_sha256'
            and sightings.email_sha256 = addresses.identifier
            and addresses.hub_reason is null
            and {{ held_at('addresses', 'sightings.first_seen_at') }}

),

recognised as (

    select
        session_id,
        user_pseudo_id,
        user_id,
        email_sha256,
        first_seen_at,
        last_seen_at,
        first_record_id,
        source_system,
        case when component_of_user is not null then 'user_id' else 'email_sha256' end as identifier_type,
        case when component_of_user is not null then user_id else email_sha256 end as identifier,
        coalesce(component_of_user, component_of_address) as component_id
    from sightings
    where coalesce(component_of_user, component_of_address) is not null

),

-- A device and an identifier that somebody has parted: seen together, but it tells nothing of the device.
unlinked as (

    select
        identifier as user_pseudo_id,
        other_type,
        other_identifier,
        min(line) as override_line
    from {{ ref('int_identity_overrides') }}
    where action = 'unlink' and identifier_type = 'device'
    group by identifier, other_type, other_identifier

)

select
    recognised.*,
    unlinked.override_line
from recognised
left join unlinked
    on
        recognised.user_pseudo_id = unlinked.user_pseudo_id
        and recognised.identifier_type = unlinked.other_type
        and recognised.identifier = unlinked.other_identifier
