{{ config(materialized='view') }}

select
    touches.touchpoint_id,
    touches.customer_id,
    touches.occurred_at,
    sessions.click_id,
    sessions.click_id_type,
    sessions.meta_ad_id,
    sessions.campaign_name,
    sessions.campaign_id,
    sessions.source,
    sessions.medium,
    sessions.ad_platform as platform,
    touches.session_id as session_key
from {{ ref('int_touchpoints') }} as touches
inner join {{ ref('int_sessions') }} as sessions
    on touches.session_id = sessions.session_id
where touches.touchpoint_type = 'ad_click'
