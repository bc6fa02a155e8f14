-- Identifiers that unite nobody: the shop's own address, the till's user id, the `guest` that a site calls all its
-- guests, and what the override file blocks.
with pairs as (

    select * from {{ ref('int_identity_pairs') }}
    -- A user id that is an address has no company in itself.
    where corrected_at is null and left_identifier <> right_identifier

),

partners as (

    select
        left_type as identifier_type,
        left_identifier as identifier,
        right_type as partner_type
    from pairs
    union all
    select
        right_type as identifier_type,
        right_identifier as identifier,
        left_type as partner_type
    from pairs

),

crowded as (

    select
        identifier_type,
        identifier,
        partner_type
    from partners
    group by identifier_type, identifier, partner_type
    having count(*) > {{ var('max_identifiers_per_identifier') }}

),

-- Nobody has so many devices, though browsers forget theirs.
spread as (

    select
        'user_id' as identifier_type,
        user_id as identifier
    from {{ ref('int_identity_sightings') }}
    where user_id is not null
    group by user_id
    having count(distinct user_pseudo_id) > {{ var('max_devices_per_identifier') }}
    union all
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier
    from {{ ref('int_identity_sightings') }}
    where email_sha256 is not null
    group by email_sha256
    having count(distinct user_pseudo_id) > {{ var('max_devices_per_identifier') }}

),

crowded_once as (

    select
        identifier_type,
        identifier
    from crowded
    union
    select
        identifier_type,
        identifier
    from spread

),

blocked as (

    select
        identifier_type,
        identifier,
        min(line) as override_line
    from {{ ref('int_identity_overrides') }}
    where action = 'block'
    group by identifier_type, identifier

)

select
    coalesce(blocked.identifier_type, crowded_once.identifier_type) as identifier_type,
    coalesce(blocked.identifier, crowded_once.identifier) as identifier,
    case when blocked.identifier is null then 'too_many_identifiers' else 'override_block' end as reason,
    blocked.override_line
from crowded_once
full outer join blocked
    on crowded_once.identifier_type = blocked.identifier_type and crowded_once.identifier = blocked.identifier
