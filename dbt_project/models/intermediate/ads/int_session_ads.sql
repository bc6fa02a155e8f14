{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': 'session_id'},
    pre_hook="{{ note_affected('session_id', 'select session_id from changes.int_ad_touches_matched') }}"
) }}

-- What the ad platforms know of a session's ad; the session's other touches carry it too, its cost they do not.
with touches as (

    select * from {{ ref('int_ad_touches_matched') }} as touches
    where {{ is_affected('session_id', of='touches') }}

),

final as (

    select
        touches.session_id,
        touches.platform,
        touches.campaign_id,
        touches.campaign_name,
        touches.ad_group_id,
        touches.ad_id,
        touches.keyword,
        campaign_channels.channel
    from touches
    left join {{ ref('google_campaign_channels') }} as campaign_channels
        on
            touches.platform = 'google_ads'
            and touches.campaign_type = campaign_channels.advertising_channel_type

)

select * from final
