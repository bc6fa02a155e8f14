-- Which strong identifiers stood together, where first, and in which record. These are the edges of the identity graph.
with sightings as (

    select * from {{ ref('int_identity_sightings') }}

),

profiles as (

    select * from {{ ref('stg_klaviyo__profiles') }}

),

pairs as (

    select
        'user_id' as left_type,
        user_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        first_seen_at as linked_at,
        case source_system when 'first_party' then 'first_party_event' else 'site_event' end as evidence,
        source_system,
        first_record_id as source_record_id
    from sightings
    where user_id is not null and email_sha256 is not null
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        created_at as linked_at,
        'klaviyo_profile' as evidence,
        'klaviyo' as source_system,
        profile_id as source_record_id
    from profiles
    where email_sha256 is not null
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'user_id' as right_type,
        user_id as right_identifier,
        created_at as linked_at,
        'klaviyo_profile' as evidence,
        'klaviyo' as source_system,
        profile_id as source_record_id
    from profiles
    where user_id is not null
    union all
    select
        'user_id' as left_type,
        user_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        joined_at as linked_at,
        'mailchimp_member' as evidence,
        'mailchimp' as source_system,
        source_record_id
    from {{ ref('stg_mailchimp__members') }}
    where user_id is not null and email_sha256 is not null

),

earliest as (

    select * from pairs
    qualify row_number() over (
        partition by left_type, left_identifier, right_type, right_identifier
        order by linked_at nulls last, source_record_id
    ) = 1

)

select * from earliest
