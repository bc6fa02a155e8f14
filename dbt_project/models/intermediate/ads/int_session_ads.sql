{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id'
) }}

-- What the ad platforms know of a session's ad; the session's other touches carry it too, its cost they do not.
with costs as (

    select * from {{ ref('int_ad_touch_costs') }}

),

final as (

    select
        ad_touches.session_key as session_id,
        costs.platform,
        costs.campaign_id,
        costs.campaign_name,
        costs.ad_group_id,
        costs.ad_id,
        costs.keyword,
        case when costs.is_cross_network then 'Cross-network' else campaign_channels.channel end as channel
    from {{ ref('int_ad_touches') }} as ad_touches
    inner join costs on ad_touches.touchpoint_id = costs.touchpoint_id
    left join {{ ref('int_ad_campaigns') }} as campaigns
        on
            costs.platform = campaigns.platform
            and costs.account_id = campaigns.account_id
            and costs.campaign_id = campaigns.campaign_id
    left join {{ ref('google_campaign_channels') }} as campaign_channels
        on
            campaigns.platform = 'google_ads'
            and campaigns.campaign_type = campaign_channels.advertising_channel_type

)

select * from final
