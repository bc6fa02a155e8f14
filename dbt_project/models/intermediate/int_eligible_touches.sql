with touches as (

    select * from {{ ref('int_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}
    where customer_id is not null

),

{{ eligible_touches('touches') }},

-- Touches of the conversion's own journey, before it and within the window.
eligible as (

    select
        conversions.conversion_id,
        conversions.net_value,
        conversions.converted_at,
        candidates.touchpoint_id,
        candidates.occurred_at,
        candidates.customer_touch_number
    from conversions
    inner join candidates
        on
            conversions.customer_id = candidates.customer_id
            and conversions.journey_id = candidates.journey_id
            and conversions.customer_touch_number >= candidates.customer_touch_number
            and candidates.occurred_at >= conversions.converted_at - {{ days(var('attribution_window_days')) }}

),

numbered as (

    select
        eligible.*,
        row_number() over (partition by conversion_id order by customer_touch_number) as touch_position,
        count(*) over (partition by conversion_id) as touch_count
    from eligible

)

select * from numbered
