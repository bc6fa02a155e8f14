-- Every strong identifier, with when it was first seen and whether it may unite people. Devices unite nobody, so they
-- are not here. Most sightings name nobody.
with sightings as (

    select * from {{ ref('int_identity_sightings') }}
    where user_id is not null or email_sha256 is not null

),

profiles as (

    select * from {{ ref('stg_klaviyo__profile_versions') }}

),

members as (

    select * from {{ ref('stg_mailchimp__members') }}

),

seen as (

    select
        'user_id' as identifier_type,
        user_id as identifier,
        first_seen_at,
        source_system as seen_in
    from sightings
    where user_id is not null
    union all
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier,
        first_seen_at,
        source_system as seen_in
    from sightings
    where email_sha256 is not null
    union all
    select
        identifier_type,
        identifier,
        first_seen_at,
        case identifier_type when 'klaviyo_profile' then 'profile' else 'mailchimp' end as seen_in
    from {{ ref('int_identity_mailed') }}
    union all
    select
        'klaviyo_profile' as identifier_type,
        profile_id as identifier,
        created_at as first_seen_at,
        'profile' as seen_in
    from profiles
    union all
    select
        'user_id' as identifier_type,
        user_id as identifier,
        created_at as first_seen_at,
        'profile' as seen_in
    from profiles
    where user_id is not null
    union all
    -- A later address is as old as its version: it must not rename whom the first one named.
    select
        right_type as identifier_type,
        right_identifier as identifier,
        linked_at as first_seen_at,
        'profile' as seen_in
    from {{ ref('int_identity_pairs') }}
    where left_type = 'klaviyo_profile' and right_type = 'email_sha256'
    union all
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier,
        joined_at as first_seen_at,
        'mailchimp' as seen_in
    from members
    where email_sha256 is not null
    union all
    select
        'user_id' as identifier_type,
        user_id as identifier,
        joined_at as first_seen_at,
        'mailchimp' as seen_in
    from members
    where user_id is not null

),

distinct_identifiers as (

    select
        identifier_type,
        identifier,
        min(first_seen_at) as first_seen_at,
        bool_or(seen_in = 'ga4') as is_seen_on_site,
        bool_or(seen_in = 'first_party') as is_seen_in_files,
        bool_or(seen_in = 'profile') as is_seen_in_profiles
    from seen
    group by identifier_type, identifier

),

-- What passed from one person to another is an identifier of its own for each of them.
held as (

    select
        distinct_identifiers.identifier_type,
        distinct_identifiers.identifier,
        periods.starts_at,
        periods.ends_at,
        coalesce(periods.starts_at, distinct_identifiers.first_seen_at) as first_seen_at,
        distinct_identifiers.is_seen_on_site,
        distinct_identifiers.is_seen_in_files,
        distinct_identifiers.is_seen_in_profiles,
        hubs.reason as hub_reason
    from distinct_identifiers
    left join {{ ref('int_identity_periods') }} as periods
        on
            distinct_identifiers.identifier_type = periods.identifier_type
            and distinct_identifiers.identifier = periods.identifier
    left join {{ ref('int_identity_hubs') }} as hubs
        on
            distinct_identifiers.identifier_type = hubs.identifier_type
            and distinct_identifiers.identifier = hubs.identifier

),

-- Small dense integers: the graph is walked on them, never on texts.
numbered as (

    select
        cast(row_number() over (order by identifier_type, identifier, starts_at nulls first) as integer) as node_id,
        *
    from held

)

select * from numbered
