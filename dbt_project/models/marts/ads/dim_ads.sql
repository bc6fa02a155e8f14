with ads as (

    select * from {{ ref('int_ads') }}

),

campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

final as (

    select
        ads.platform,
        ads.account_id,
        ads.campaign_id,
        campaigns.campaign_name,
        ads.ad_group_id,
        ads.ad_group_name,
        ads.ad_group_status,
        ads.ad_group_type,
        ads.ad_id,
        ads.ad_name,
        ads.ad_type,
        ads.status,
        ads.effective_status,
        ads.final_urls,
        ads.url_tags,
        ads.is_deleted
    from ads
    left join campaigns
        on
            ads.platform = campaigns.platform
            and ads.account_id = campaigns.account_id
            and ads.campaign_id = campaigns.campaign_id

)

select * from final
