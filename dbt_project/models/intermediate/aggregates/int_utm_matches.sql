with combinations as (

    select * from {{ ref('int_utm_combinations') }}

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

-- What may name a campaign, id and name one under the other: asked for both at once, every tag would be compared with
-- every campaign.
asked as (

    select
        *,
        lower(trim(campaign_id)) as tag
    from combinations
    where campaign_id is not null
    union
    select
        *,
        lower(trim(campaign)) as tag
    from combinations
    where campaign is not null

),

-- The id goes before the name. A name on several platforms is the one that the source belongs to.
named as (

    select
        asked.source,
        asked.medium,
        asked.campaign,
        asked.campaign_id as tag_campaign_id,
        ad_tags.platform,
        ad_tags.campaign_id,
        case
            when ad_tags.tag in (ad_tags.campaign_id, lower(trim(asked.campaign_id))) then 'campaign_id'
            when ad_tags.tag = lower(trim(ad_tags.campaign_name)) then 'campaign_name'
            else 'url_tags'
        end as match_rule
    from asked
    inner join ad_tags on asked.tag = ad_tags.tag
    where
        ad_tags.platform = case
            when asked.canonical_source in ('google', 'youtube') then 'google_ads'
            when asked.canonical_source in ('facebook', 'instagram', 'messenger', 'audience_network')
                then 'facebook_ads'
            else ad_tags.platform
        end
    qualify rank() over (
        partition by asked.source, asked.medium, asked.campaign, asked.campaign_id
        order by coalesce(lower(trim(asked.campaign_id)) = ad_tags.tag, false) desc
    ) = 1

),

-- A tag that still names several campaigns names none.
matched as (

    select
        source,
        medium,
        campaign,
        tag_campaign_id,
        min(platform) as platform,
        min(campaign_id) as campaign_id,
        min(match_rule) as match_rule
    from named
    group by source, medium, campaign, tag_campaign_id
    having count(distinct platform || ':' || campaign_id) = 1

)

select * from matched
