-- The tags that told where a session came from: those of its first tagged event, as they were typed.
with tagged as (

    select
        session_id,
        tag_source as source,
        tag_medium as medium,
        tag_campaign as campaign,
        tag_campaign_id as campaign_id,
        occurred_at
    from {{ ref('int_ga4_events') }}
    where tag_origin is not null and set_aside_reason is null and has_consent
    qualify row_number() over (partition by session_id order by event_number) = 1

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

),

ad_tags as (

    select
        tags.platform,
        tags.tag,
        tags.campaign_id,
        campaigns.campaign_name
    from {{ ref('int_ad_campaign_tags') }} as tags
    left join {{ ref('int_ad_campaigns') }} as campaigns
        on
            tags.platform = campaigns.platform
            and tags.account_id = campaigns.account_id
            and tags.campaign_id = campaigns.campaign_id

),

-- A tag that campaigns of several platforms go by is settled by the source, or by nothing.
matched_tags as (

    select
        canonical.source,
        canonical.medium,
        canonical.campaign,
        canonical.campaign_id as tag_campaign_id,
        min(ad_tags.platform) as platform,
        min(ad_tags.campaign_id) as campaign_id,
        min(case
            when lower(trim(canonical.campaign_id)) = ad_tags.tag then 'campaign_id'
            when ad_tags.tag = ad_tags.campaign_id then 'campaign_id'
            when ad_tags.tag = lower(trim(ad_tags.campaign_name)) then 'campaign_name'
            else 'url_tags'
        end) as match_rule
    from canonical
    inner join ad_tags
        on ad_tags.tag in (lower(trim(canonical.campaign_id)), lower(trim(canonical.campaign)))
    where
        ad_tags.platform = case
            when canonical.canonical_source in ('google', 'youtube') then 'google_ads'
            when canonical.canonical_source in ('facebook', 'instagram', 'messenger', 'audience_network') then 'facebook_ads'
            else ad_tags.platform
        end
    group by all
    having count(distinct ad_tags.campaign_id) = 1

),

-- Every name a campaign tag may have meant: campaigns and flows of the email platform too, which no tag is matched with.
known_names as (

    select
        platform,
        campaign_id,
        tag as known_name
    from ad_tags
    where tag <> campaign_id
    union
    select
        'klaviyo' as platform,
        campaign_id,
        campaign_name as known_name
    from {{ ref('stg_klaviyo__campaigns') }}
    where campaign_name is not null
    union
    select
        'klaviyo' as platform,
        flow_id as campaign_id,
        flow_name as known_name
    from {{ ref('stg_klaviyo__flows') }}
    where flow_name is not null

),

unmatched_campaigns as (

    select distinct canonical.campaign
    from canonical
    left join matched_tags
        on
            canonical.source is not distinct from matched_tags.source
            and canonical.medium is not distinct from matched_tags.medium
            and canonical.campaign is not distinct from matched_tags.campaign
            and canonical.campaign_id is not distinct from matched_tags.tag_campaign_id
    where matched_tags.match_rule is null and {{ bare_text('canonical.campaign') }} <> ''

),

compared as (

    select
        unmatched_campaigns.campaign,
        known_names.platform,
        known_names.campaign_id,
        known_names.known_name,
        {{ text_similarity(bare_text('unmatched_campaigns.campaign'), bare_text('known_names.known_name')) }} as similarity
    from unmatched_campaigns
    cross join known_names

),

suggestions as (

    select * from compared
    where similarity >= {{ var('utm_suggestion_similarity') }}
    qualify row_number() over (partition by campaign order by similarity desc, known_name, platform, campaign_id) = 1

),

-- A source that is neither a known site nor an alias may be a new misspelling of one.
unknown_sources as (

    select distinct canonical.canonical_source
    from canonical
    left join aliases on aliases.field = 'source' and canonical.canonical_source = aliases.canonical
    left join {{ ref('site_categories') }} as sites on canonical.canonical_source = sites.site
    where aliases.canonical is null and sites.site is null and canonical.canonical_source is not null

),

source_suggestions as (

    select
        unknown_sources.canonical_source,
        aliases.canonical as suggested_source
    from unknown_sources
    inner join aliases
        on
            aliases.field = 'source'
            and {{ text_similarity('unknown_sources.canonical_source', 'aliases.alias') }}
            >= {{ var('utm_suggestion_similarity') }}
    qualify row_number() over (
        partition by unknown_sources.canonical_source
        order by {{ text_similarity('unknown_sources.canonical_source', 'aliases.alias') }} desc, aliases.canonical
    ) = 1

),

final as (

    select
        canonical.source,
        canonical.medium,
        canonical.campaign,
        canonical.campaign_id as tag_campaign_id,
        canonical.canonical_source,
        canonical.canonical_medium,
        canonical.is_aliased,
        cast(canonical.sessions as integer) as sessions,
        cast(canonical.sessions_with_campaign as integer) as sessions_with_campaign,
        canonical.first_seen_at,
        canonical.last_seen_at,
        matched_tags.platform as matched_platform,
        matched_tags.campaign_id as matched_campaign_id,
        matched_tags.match_rule,
        suggestions.platform as suggested_platform,
        suggestions.campaign_id as suggested_campaign_id,
        suggestions.known_name as suggested_campaign,
        cast(suggestions.similarity as double) as similarity,
        source_suggestions.suggested_source
    from canonical
    left join matched_tags
        on
            canonical.source is not distinct from matched_tags.source
            and canonical.medium is not distinct from matched_tags.medium
            and canonical.campaign is not distinct from matched_tags.campaign
            and canonical.campaign_id is not distinct from matched_tags.tag_campaign_id
    left join suggestions
        on matched_tags.match_rule is null and canonical.campaign = suggestions.campaign
    left join source_suggestions
        on canonical.canonical_source = source_suggestions.canonical_source

)

select * from final
