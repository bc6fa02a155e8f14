with performance as (

    select * from {{ ref('fct_ad_performance_daily') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

campaign_channels as (

    select * from {{ ref('google_campaign_channels') }}

),

-- The channel that clicks of the campaign have, as far as the platform tells; what belongs to no campaign is paid for
-- all the same.
final as (

    select
        performance.date,
        case
            when performance.platform = 'facebook_ads' then 'Paid Social'
            else coalesce(campaign_channels.channel, 'Paid Other')
        end as channel,
        performance.platform,
        performance.campaign_id,
        sum(performance.impressions) as impressions,
        sum(performance.clicks) as clicks,
        sum(performance.spend) as spend,
        sum(performance.platform_conversions) as platform_conversions,
        sum(performance.platform_conversion_value) as platform_conversion_value
    from performance
    left join campaigns
        on
            performance.platform = campaigns.platform
            and performance.account_id = campaigns.account_id
            and performance.campaign_id = campaigns.campaign_id
    left join campaign_channels on campaigns.campaign_type = campaign_channels.advertising_channel_type
    group by all

)

select * from final
