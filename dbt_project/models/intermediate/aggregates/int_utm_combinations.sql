{%- set is_tagged = 'tag_origin is not null and has_consent and set_aside_reason is null' %}

-- The tags that told where a session came from: those of its first tagged event, as they were typed. Of nearly all
-- sessions that is the first event or none (int_ga4_events knows of which); only the others' events are put in order.
with first_events as (

    {{ ga4_site_events(is_tagged, asked_for='worked_out.event_number = 1 and worked_out.first_event_tells_all') }}

),

other_events as (

    {{ ga4_site_events(is_tagged, asked_for='not worked_out.first_event_tells_all', few=true) }}
    union all
    -- Of a visit without a campaign Matomo tells a referrer's name, which nobody wrote into a link.
    select * from {{ ref('int_matomo_site_events') }}
    where {{ is_tagged }} and tag_origin = 'campaign'

),

first_tags as (

    select * from first_events
    union all
    select * from other_events
    qualify row_number() over (partition by session_id order by event_number) = 1

),

tagged as (

    select
        session_id,
        nullif(tag_source, '(not set)') as source,
        nullif(tag_medium, '(not set)') as medium,
        tag_campaign as campaign,
        tag_campaign_id as campaign_id,
        occurred_at
    from first_tags

),

-- What the session's arrival knows in the end, by whichever way: click id, ad id or tags.
arrivals as (

    select
        session_id,
        campaign_id
    from {{ ref('fct_customer_journey') }}
    where touchpoint_type in ('ad_click', 'site_visit')

),

combinations as (

    select
        tagged.source,
        tagged.medium,
        tagged.campaign,
        tagged.campaign_id,
        lower(trim(tagged.source)) as clean_source,
        lower(trim(tagged.medium)) as clean_medium,
        count(*) as sessions,
        count(arrivals.campaign_id) as sessions_with_campaign,
        min(tagged.occurred_at) as first_seen_at,
        max(tagged.occurred_at) as last_seen_at
    from tagged
    left join arrivals on tagged.session_id = arrivals.session_id
    group by all

),

aliases as (

    select * from {{ ref('utm_aliases') }}

),

canonical as (

    select
        combinations.*,
        coalesce(source_aliases.canonical, combinations.clean_source) as canonical_source,
        coalesce(medium_aliases.canonical, combinations.clean_medium) as canonical_medium,
        source_aliases.alias is not null or medium_aliases.alias is not null as is_aliased
    from combinations
    left join aliases as source_aliases
        on combinations.clean_source = source_aliases.alias and source_aliases.field = 'source'
    left join aliases as medium_aliases
        on combinations.clean_medium = medium_aliases.alias and medium_aliases.field = 'medium'

)

select * from canonical
