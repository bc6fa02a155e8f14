-- Every campaign and ad of the performance table stands in its dimension.
with performance as (

    select distinct
        platform,
        account_id,
        campaign_id,
        ad_group_id,
        ad_id
    from {{ ref('fct_ad_performance_daily') }}
    where campaign_id is not null

),

final as (

    select performance.*
    from performance
    left join {{ ref('dim_campaigns') }} as campaigns
        on
            performance.platform = campaigns.platform
            and performance.account_id = campaigns.account_id
            and performance.campaign_id = campaigns.campaign_id
    left join {{ ref('dim_ads') }} as ads
        on
            performance.platform = ads.platform
            and performance.account_id = ads.account_id
            and performance.ad_group_id = ads.ad_group_id
            and performance.ad_id = ads.ad_id
    where
        campaigns.campaign_id is null
        or (performance.ad_id is not null and ads.ad_id is null)

)

select * from final
