with combinations as (

    select * from {{ ref('int_utm_combinations') }}

),

matches as (

    select * from {{ ref('int_utm_matches') }}

),

-- Every name a campaign tag may have meant: those of the email platforms' campaigns and flows too, which no tag is
-- matched with.
known_names as (

    select
        platform,
        campaign_id,
        tag as known_name
    from {{ ref('int_ad_campaign_tags') }}
    where tag <> campaign_id
    union
    select
        platform,
        campaign_id,
        campaign_name as known_name
    from {{ ref('fct_customer_journey') }}
    where channel = 'Email' and campaign_id is not null and campaign_name is not null

),

-- Tags are compared with every name: each text is bared once, which takes ten times as long as comparing two. Of names
-- that are equally near, the first by number is suggested.
bare_names as (

    select
        *,
        {{ bare_text('known_name') }} as bare_name,
        row_number() over (order by known_name, platform, campaign_id) as name_number
    from known_names

),

distinct_names as (

    select
        bare_name,
        min(name_number) as name_number
    from bare_names
    group by bare_name

),

unmatched_campaigns as (

    select
        combinations.campaign,
        {{ bare_text('combinations.campaign') }} as bare_campaign,
        sum(combinations.sessions) as sessions
    from combinations
    left join matches
        on
            combinations.source is not distinct from matches.source
            and combinations.medium is not distinct from matches.medium
            and combinations.campaign is not distinct from matches.campaign
            and combinations.campaign_id is not distinct from matches.tag_campaign_id
    where matches.match_rule is null and {{ bare_text('combinations.campaign') }} <> ''
    group by combinations.campaign

),

distinct_campaigns as (

    select
        bare_campaign,
        row_number() over (order by sum(sessions) desc, bare_campaign asc) as place
    from unmatched_campaigns
    group by bare_campaign

),

-- What most sessions came with goes first: with ten thousands of tags and names, comparing all would take longer than
-- everything else of a build.
compared_campaigns as (

    select * from distinct_campaigns
    where
        place * (select count(*) from distinct_names) <= {{ var('max_utm_comparisons') }}

),

-- Likeness and name in one number, so that nothing is kept of the many pairs but the best of each tag.
likest as (

    select
        compared_campaigns.bare_campaign,
        max(
            cast(
                {{ text_similarity('compared_campaigns.bare_campaign', 'distinct_names.bare_name') }} * 1000000000
                + 1 as bigint
            ) * 4294967296 - distinct_names.name_number
        ) as likeness_and_name
    from compared_campaigns
    cross join distinct_names
    group by compared_campaigns.bare_campaign

),

named as (

    select
        bare_campaign,
        4294967296 - likeness_and_name % 4294967296 as name_number
    from likest

),

suggestions as (

    select
        unmatched_campaigns.campaign,
        bare_names.platform,
        bare_names.campaign_id,
        bare_names.known_name,
        {{ text_similarity('unmatched_campaigns.bare_campaign', 'bare_names.bare_name') }} as similarity
    from unmatched_campaigns
    inner join named on unmatched_campaigns.bare_campaign = named.bare_campaign
    inner join bare_names on named.name_number = bare_names.name_number

)

select * from suggestions
where similarity >= {{ var('utm_suggestion_similarity') }}
