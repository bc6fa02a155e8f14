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

-- The id goes before the name. A name on several platforms is the one that the source belongs to.
named as (

    select
        combinations.source,
        combinations.medium,
        combinations.campaign,
        combinations.campaign_id as tag_campaign_id,
        ad_tags.platform,
        ad_tags.campaign_id,
        case
            when ad_tags.tag in (ad_tags.campaign_id, lower(trim(combinations.campaign_id))) then 'campaign_id'
            when ad_tags.tag = lower(trim(ad_tags.campaign_name)) then 'campaign_name'
            else 'url_tags'
        end as match_rule
    from combinations
    inner join ad_tags
        on ad_tags.tag in (lower(trim(combinations.campaign_id)), lower(trim(combinations.campaign)))
    where
        ad_tags.platform = case
            when combinations.canonical_source in ('google', 'youtube') then 'google_ads'
            when combinations.canonical_source in ('facebook', 'instagram', 'messenger', 'audience_network')
                then 'facebook_ads'
            else ad_tags.platform
        end
    qualify rank() over (
        partition by combinations.source, combinations.medium, combinations.campaign, combinations.campaign_id
        order by coalesce(lower(trim(combinations.campaign_id)) = ad_tags.tag, false) desc
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
