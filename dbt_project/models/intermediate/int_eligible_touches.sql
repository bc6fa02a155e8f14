{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook="{{ note_affected('conversion_id', affected_conversions()) }}"
) }}

with conversions as (

    select * from {{ ref('int_conversions') }} as conversions
    where customer_id is not null and {{ is_affected('conversion_id', of='conversions') }}

),

-- Most people never buy: without this, the touches of all of them would be held at once.
touches as (

    select
        touches.*,
        origins.channel,
        origins.medium
    from {{ ref('int_touchpoints') }} as touches
    left join {{ ref('int_touch_origins') }} as origins on touches.origin_number = origins.origin_number
    where touches.customer_id in (select conversions.customer_id from conversions)

),

{{ eligible_touches('touches') }},

-- Touches of the conversion's own journey, before it and within the window.
eligible as (

    select
        conversions.conversion_id,
        conversions.net_value,
        conversions.converted_at,
        candidates.touchpoint_id,
        candidates.session_id,
        coalesce(session_ads.channel, candidates.channel) as channel,
        candidates.occurred_at,
        candidates.customer_touch_number
    from conversions
    inner join candidates
        on
            conversions.customer_id = candidates.customer_id
            and conversions.journey_number = candidates.journey_number
            and conversions.customer_touch_number >= candidates.customer_touch_number
            and candidates.occurred_at >= conversions.converted_at - {{ days(var('attribution_window_days')) }}
    left join {{ ref('int_session_ads') }} as session_ads on candidates.session_id = session_ads.session_id

),

numbered as (

    select
        eligible.*,
        row_number() over (partition by conversion_id order by customer_touch_number) as touch_position,
        count(*) over (partition by conversion_id) as touch_count,
        count(*) over (partition by {{ text_number(['conversion_id', 'channel']) }}) as touches_of_channel
    from eligible

)

select * from numbered
