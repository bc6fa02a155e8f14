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

-- Every tag is compared with every name: each text is bared once, which takes ten times as long as comparing two.
bare_names as (

    select
        *,
        {{ bare_text('known_name') }} as bare_name
    from known_names

),

unmatched_campaigns as (

    select distinct
        combinations.campaign,
        {{ bare_text('combinations.campaign') }} as bare_campaign
    from combinations
    left join matches
        on
            combinations.source is not distinct from matches.source
            and combinations.medium is not distinct from matches.medium
            and combinations.campaign is not distinct from matches.campaign
            and combinations.campaign_id is not distinct from matches.tag_campaign_id
    where matches.match_rule is null and {{ bare_text('combinations.campaign') }} <> ''

),

compared as (

    select
        unmatched_campaigns.campaign,
        bare_names.platform,
        bare_names.campaign_id,
        bare_names.known_name,
        {{ text_similarity('unmatched_campaigns.bare_campaign', 'bare_names.bare_name') }} as similarity
    from unmatched_campaigns
    cross join bare_names

),

suggestions as (

    select * from compared
    where similarity >= {{ var('utm_suggestion_similarity') }}
    qualify row_number() over (
        partition by campaign
        order by similarity desc, known_name asc, platform asc, campaign_id asc
    ) = 1

)

select * from suggestions
