with combinations as (

    select * from {{ ref('int_utm_combinations') }}

),

aliases as (

    select * from {{ ref('utm_aliases') }}
    where field = 'source'

),

matches as (

    select * from {{ ref('int_utm_matches') }}

),

suggestions as (

    select * from {{ ref('int_utm_suggestions') }}

),

-- A source that is neither a known site nor an alias may be a new misspelling of one.
unknown_sources as (

    select distinct combinations.canonical_source
    from combinations
    left join aliases on combinations.canonical_source = aliases.canonical
    left join {{ ref('site_categories') }} as sites on combinations.canonical_source = sites.site
    where aliases.canonical is null and sites.site is null and combinations.canonical_source is not null

),

source_suggestions as (

    select
        unknown_sources.canonical_source,
        aliases.canonical as suggested_source
    from unknown_sources
    inner join aliases
        on
            {{ text_similarity('unknown_sources.canonical_source', 'aliases.alias') }}
            >= {{ var('utm_suggestion_similarity') }}
    qualify row_number() over (
        partition by unknown_sources.canonical_source
        order by {{ text_similarity('unknown_sources.canonical_source', 'aliases.alias') }} desc, aliases.canonical asc
    ) = 1

),

final as (

    select
        combinations.source,
        combinations.medium,
        combinations.campaign,
        combinations.campaign_id as tag_campaign_id,
        combinations.canonical_source,
        combinations.canonical_medium,
        combinations.is_aliased,
        cast(combinations.sessions as integer) as sessions,
        cast(combinations.sessions_with_campaign as integer) as sessions_with_campaign,
        combinations.first_seen_at,
        combinations.last_seen_at,
        matches.platform as matched_platform,
        matches.campaign_id as matched_campaign_id,
        matches.match_rule,
        suggestions.platform as suggested_platform,
        suggestions.campaign_id as suggested_campaign_id,
        suggestions.known_name as suggested_campaign,
        cast(suggestions.similarity as double) as similarity,
        source_suggestions.suggested_source
    from combinations
    left join matches
        on
            combinations.source is not distinct from matches.source
            and combinations.medium is not distinct from matches.medium
            and combinations.campaign is not distinct from matches.campaign
            and combinations.campaign_id is not distinct from matches.tag_campaign_id
    left join suggestions
        on matches.match_rule is null and combinations.campaign = suggestions.campaign
    left join source_suggestions
        on combinations.canonical_source = source_suggestions.canonical_source

)

select * from final
