with touches as (

    select * from {{ ref('int_touchpoints') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}
    where customer_id is not null

),

human_clicks as (

    select
        customer_id,
        occurred_at
    from touches
    where touchpoint_type = 'email_click' and not is_machine

),

-- The session that an email click opened is that click, seen from the other side.
opened_by_email as (

    select distinct touches.touchpoint_id
    from touches
    inner join human_clicks
        on
            touches.customer_id = human_clicks.customer_id
            and touches.occurred_at >= human_clicks.occurred_at
            and touches.occurred_at <= human_clicks.occurred_at + {{ minutes(var('session_timeout_minutes')) }}
    where touches.touchpoint_type in ('ad_click', 'site_visit') and touches.medium = 'email'

),

candidates as (

    select touches.*
    from touches
    left join opened_by_email on touches.touchpoint_id = opened_by_email.touchpoint_id
    where
        opened_by_email.touchpoint_id is null
        and (
            touches.touchpoint_type in ('ad_click', 'site_visit')
            or (touches.touchpoint_type = 'email_click' and not touches.is_machine)
        )

),

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
