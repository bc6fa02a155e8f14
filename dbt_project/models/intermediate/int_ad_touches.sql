{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'touchpoint_id', 'tells': ['touchpoint_id', 'click_id']},
    pre_hook="{{ note_affected('touchpoint_id', affected_ad_clicks()) }}"
) }}

with touches as (

    select
        touchpoint_id,
        session_id,
        occurred_at
    from {{ ref('int_touchpoints') }} as touches
    where touchpoint_type = 'ad_click' and {{ is_affected('touchpoint_id', of='touches') }}

),

final as (

    select
        touches.touchpoint_id,
        touches.session_id,
        touches.occurred_at,
        sessions.click_id,
        sessions.click_id_type,
        sessions.meta_ad_id,
        sessions.campaign_name,
        sessions.campaign_id,
        sessions.ad_platform as platform
    from touches
    inner join {{ ref('int_sessions') }} as sessions
        on touches.session_id = sessions.session_id

)

select * from final
