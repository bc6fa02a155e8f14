with sightings as (

    select * from {{ ref('int_identity_sightings') }}

),

profiles as (

    select * from {{ ref('stg_klaviyo__profiles') }}

),

members as (

    select * from {{ ref('stg_mailchimp__members') }}

),

seen as (

    select
        'device' as identifier_type,
        user_pseudo_id as identifier,
        first_seen_at,
        source_system as seen_in
    from sightings
    where user_pseudo_id is not null
    union all
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
        'klaviyo_profile' as identifier_type,
        profile_id as identifier,
        occurred_at as first_seen_at,
        'profile' as seen_in
    from {{ ref('stg_klaviyo__events') }}
    where profile_id is not null
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
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier,
        created_at as first_seen_at,
        'profile' as seen_in
    from profiles
    where email_sha256 is not null
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
    union all
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier,
        occurred_at as first_seen_at,
        'mailchimp' as seen_in
    from {{ ref('stg_mailchimp__activity') }}
    where email_sha256 is not null

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

-- Small dense integers: the graph is walked on them, never on texts.
numbered as (

    select
        cast(row_number() over (order by identifier_type, identifier) as integer) as node_id,
        identifier_type,
        identifier,
        first_seen_at,
        is_seen_on_site,
        is_seen_in_files,
        is_seen_in_profiles
    from distinct_identifiers

)

select * from numbered
