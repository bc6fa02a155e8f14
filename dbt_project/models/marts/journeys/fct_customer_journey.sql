with touches as (

    select * from {{ ref('int_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}
    where customer_id is not null

),

costs as (

    select * from {{ ref('int_ad_touch_costs') }}

),

-- What the ad platforms know of a session's ad; the session's other touches carry it too, its cost they do not.
session_ads as (

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

),

final as (

    select
        touches.touchpoint_id,
        touches.customer_id,
        touches.journey_id,
        touches.journey_number,
        touches.touchpoint_number,
        touches.touchpoints_in_journey,
        touches.touchpoint_number = 1 as is_first_touch,
        touches.touchpoint_number = touches.touchpoints_in_journey as is_last_touch,
        touches.occurred_at,
        {{ reporting_date('touches.occurred_at') }} as occurred_date,
        touches.journey_stage,
        touches.touchpoint_type,
        coalesce(session_ads.channel, touches.channel) as channel,
        coalesce(session_ads.platform, touches.platform) as platform,
        touches.source,
        touches.medium,
        coalesce(session_ads.campaign_id, touches.campaign_id) as campaign_id,
        coalesce(session_ads.campaign_name, touches.campaign_name) as campaign_name,
        session_ads.ad_group_id,
        coalesce(session_ads.ad_id, touches.meta_ad_id) as ad_id,
        coalesce(session_ads.keyword, touches.term) as keyword,
        touches.device_category,
        touches.landing_page,
        touches.session_id,
        touches.email_message_id,
        conversions.conversion_id,
        conversions.conversion_type,
        conversions.net_value as conversion_value,
        cast(
            {{ reporting_date('touches.closed_at') }} - {{ reporting_date('touches.occurred_at') }} as integer
        ) as days_to_conversion,
        costs.cost,
        costs.cost_basis,
        '{{ var("reporting_currency") }}' as currency,
        touches.consent_state,
        touches.is_machine,
        touches.source_system,
        touches.source_record_id,
        touches.loaded_at
    from touches
    left join conversions on touches.touchpoint_id = conversions.touchpoint_id
    left join costs on touches.touchpoint_id = costs.touchpoint_id
    left join session_ads on touches.session_id = session_ads.session_id

)

select * from final
