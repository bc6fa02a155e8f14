-- Which strong identifiers stood together: from when to when, and the first record of it.
with sightings as {{ read_again() }} (

    select * from {{ ref('int_identity_sightings') }}

),

-- What a profile said in each of its landed versions, and until which day.
versions as (

    select
        *,
        lead(partition_date) over (partition by account_id, profile_id order by partition_date) as superseded_on,
        row_number() over (partition by account_id, profile_id order by partition_date) = 1 as is_first
    from {{ ref('stg_klaviyo__profile_versions') }}

),

-- A first address is as old as the profile, a later one as its version. A day that is loaded afterwards holds what the
-- platform says now, profiles included that are younger than the day.
profile_addresses as (

    select
        profile_id,
        email_sha256,
        min(
            case when is_first then created_at else greatest(created_at, cast(partition_date as timestamp)) end
        ) as linked_at
    from versions
    where email_sha256 is not null
    group by profile_id, email_sha256

),

-- People change addresses, so all of a profile's count; its user id is the shop's own key: another one corrects it.
profile_users as (

    select
        profile_id,
        user_id,
        min(created_at) as linked_at,
        case when bool_and(superseded_on is not null) then cast(max(superseded_on) as timestamp) end as corrected_at
    from versions
    where user_id is not null
    group by profile_id, user_id

),

members as (

    select * from {{ ref('stg_mailchimp__members') }}
    where user_id is not null and email_sha256 is not null

),

-- User ids that may be addresses: what of them is one in any source is found below.
hashed_user_ids as (

    select user_id from sightings
    where length(user_id) = 64
    union
    select user_id from profile_users
    where length(user_id) = 64
    union
    select user_id from members
    where length(user_id) = 64

),

addresses as (

    select
        email_sha256,
        first_seen_at,
        last_seen_at,
        source_system,
        first_record_id as source_record_id
    from sightings
    where email_sha256 is not null
    union all
    select
        email_sha256,
        linked_at as first_seen_at,
        linked_at as last_seen_at,
        'klaviyo' as source_system,
        profile_id as source_record_id
    from profile_addresses
    union all
    select
        email_sha256,
        joined_at as first_seen_at,
        joined_at as last_seen_at,
        'mailchimp' as source_system,
        source_record_id
    from {{ ref('stg_mailchimp__members') }}
    where email_sha256 is not null
    union all
    select
        email_sha256,
        occurred_at as first_seen_at,
        occurred_at as last_seen_at,
        'mailchimp' as source_system,
        source_record_id
    from {{ ref('stg_mailchimp__activity') }}
    where email_sha256 is not null

),

found as (

    select
        'user_id' as left_type,
        user_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        first_seen_at as linked_at,
        last_seen_at as last_linked_at,
        case source_system when 'first_party' then 'first_party_event' else 'site_event' end as evidence,
        source_system,
        first_record_id as source_record_id,
        cast(null as timestamp) as corrected_at
    from sightings
    where user_id is not null and email_sha256 is not null
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        linked_at,
        linked_at as last_linked_at,
        'klaviyo_profile' as evidence,
        'klaviyo' as source_system,
        profile_id as source_record_id,
        cast(null as timestamp) as corrected_at
    from profile_addresses
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'user_id' as right_type,
        user_id as right_identifier,
        linked_at,
        linked_at as last_linked_at,
        'klaviyo_profile' as evidence,
        'klaviyo' as source_system,
        profile_id as source_record_id,
        corrected_at
    from profile_users
    union all
    select
        'user_id' as left_type,
        user_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        joined_at as linked_at,
        joined_at as last_linked_at,
        'mailchimp_member' as evidence,
        'mailchimp' as source_system,
        source_record_id,
        cast(null as timestamp) as corrected_at
    from members
    union all
    -- GA4's user id that is a SHA-256 counts as an address, but beside another one, and elsewhere, as a user id.
    select
        'user_id' as left_type,
        email_sha256 as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier,
        first_seen_at as linked_at,
        last_seen_at as last_linked_at,
        'user_id_is_address' as evidence,
        source_system,
        source_record_id,
        cast(null as timestamp) as corrected_at
    from addresses
    where email_sha256 in (select hashed_user_ids.user_id from hashed_user_ids)

),

pairs as (

    select
        * exclude (last_linked_at),
        max(last_linked_at) over (
            partition by left_type, left_identifier, right_type, right_identifier
        ) as last_linked_at
    from found
    qualify row_number() over (
        partition by left_type, left_identifier, right_type, right_identifier
        order by linked_at nulls last, source_record_id
    ) = 1

)

select * from pairs
