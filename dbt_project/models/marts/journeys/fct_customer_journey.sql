{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'touchpoint_id', 'tells': ['touchpoint_id', 'customer_id'], 'compares': false},
    pre_hook="{{ note_affected('touchpoint_id', affected_touches()) }}"
) }}

with touches as (

    {{ found_rows(ref('int_touchpoints'), is_affected('touchpoint_id', of='found')) }}

),

conversions as (

    select * from {{ ref('int_conversions') }}
    where customer_id is not null

),

costs as (

    select * from {{ ref('int_ad_touch_costs') }}

),

origins as (

    select * from {{ ref('int_touch_origins') }}

),

session_ads as (

    select * from {{ ref('int_session_ads') }}

),

final as (

    select
        touches.touchpoint_id,
        touches.customer_id,
        {{ journey_id('touches.customer_id', 'touches.journey_number') }} as journey_id,
        touches.journey_number,
        touches.touchpoint_number,
        touches.touchpoints_in_journey,
        touches.touchpoint_number = 1 as is_first_touch,
        touches.touchpoint_number = touches.touchpoints_in_journey as is_last_touch,
        touches.occurred_at,
        {{ reporting_date('touches.occurred_at') }} as occurred_date,
        touches.journey_stage,
        touches.touchpoint_type,
        coalesce(session_ads.channel, origins.channel) as channel,
        coalesce(session_ads.platform, origins.platform) as platform,
        origins.source,
        origins.medium,
        coalesce(session_ads.campaign_id, origins.campaign_id) as campaign_id,
        coalesce(session_ads.campaign_name, origins.campaign_name) as campaign_name,
        session_ads.ad_group_id,
        coalesce(session_ads.ad_id, origins.meta_ad_id) as ad_id,
        coalesce(session_ads.keyword, origins.term) as keyword,
        touches.device_category,
        origins.landing_page,
        case when not touches.is_sent_by_server then touches.session_id end as session_id,
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
    left join origins on touches.origin_number = origins.origin_number
    left join conversions on touches.touchpoint_id = conversions.touchpoint_id
    left join costs on touches.touchpoint_id = costs.touchpoint_id
    left join session_ads on touches.session_id = session_ads.session_id

)

select * from final
