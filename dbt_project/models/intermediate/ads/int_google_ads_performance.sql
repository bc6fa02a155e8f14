with ads as (

    select * from {{ ref('stg_google_ads__ad_performance') }}

),

campaigns as (

    select * from {{ ref('stg_google_ads__campaign_performance') }}

),

campaign_days as (

    select distinct
        account_id,
        performance_date
    from campaigns

),

-- What the ads add up to where the campaigns' own figures can be cut in the same way.
ads_by_campaign as (

    select
        ads.account_id,
        ads.performance_date,
        ads.campaign_id,
        ads.device,
        ads.ad_network_type,
        sum(ads.impressions) as impressions,
        sum(ads.clicks) as clicks,
        sum(ads.account_spend) as account_spend,
        sum(ads.conversions) as conversions,
        sum(ads.account_conversion_value) as account_conversion_value
    from ads
    inner join campaign_days
        on
            ads.account_id = campaign_days.account_id
            and ads.performance_date = campaign_days.performance_date
    group by all

),

-- Spend that has no ad row: all of a Performance Max campaign, nothing of most others. Signed, so that the
-- campaign's own total always comes out, also when its ads were restated between the two reads.
without_ads as (

    select
        coalesce(campaigns.account_id, ads_by_campaign.account_id) as account_id,
        coalesce(campaigns.performance_date, ads_by_campaign.performance_date) as performance_date,
        coalesce(campaigns.campaign_id, ads_by_campaign.campaign_id) as campaign_id,
        coalesce(campaigns.device, ads_by_campaign.device) as device,
        coalesce(campaigns.ad_network_type, ads_by_campaign.ad_network_type) as ad_network_type,
        coalesce(campaigns.impressions, 0) - coalesce(ads_by_campaign.impressions, 0) as impressions,
        coalesce(campaigns.clicks, 0) - coalesce(ads_by_campaign.clicks, 0) as clicks,
        coalesce(campaigns.account_spend, 0) - coalesce(ads_by_campaign.account_spend, 0) as account_spend,
        coalesce(campaigns.conversions, 0) - coalesce(ads_by_campaign.conversions, 0) as conversions,
        coalesce(campaigns.account_conversion_value, 0)
        - coalesce(ads_by_campaign.account_conversion_value, 0) as account_conversion_value
    from campaigns
    full outer join ads_by_campaign
        on
            campaigns.account_id = ads_by_campaign.account_id
            and campaigns.performance_date = ads_by_campaign.performance_date
            and campaigns.campaign_id = ads_by_campaign.campaign_id
            and campaigns.device = ads_by_campaign.device
            and campaigns.ad_network_type = ads_by_campaign.ad_network_type

),

final as (

    select
        account_id,
        performance_date,
        'ad' as row_kind,
        campaign_id,
        ad_group_id,
        ad_id,
        ad_network_type as placement,
        device as device_category,
        impressions,
        clicks,
        clicks as billed_clicks,
        account_spend,
        conversions,
        account_conversion_value
    from ads

    union all

    select
        account_id,
        performance_date,
        'campaign' as row_kind,
        campaign_id,
        cast(null as varchar) as ad_group_id,
        cast(null as varchar) as ad_id,
        ad_network_type as placement,
        device as device_category,
        impressions,
        clicks,
        clicks as billed_clicks,
        account_spend,
        conversions,
        account_conversion_value
    from without_ads
    where
        impressions <> 0
        or clicks <> 0
        or account_spend <> 0
        or conversions <> 0
        or account_conversion_value <> 0

)

select * from final
