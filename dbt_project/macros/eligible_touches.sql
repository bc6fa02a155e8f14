{#
  The touches that may earn credit, as the CTE `candidates` with the columns of `touches`: arrival rows and human email
  clicks. The visit that an email click opened is that click seen from the other side, and counts once, as the click.
  To read in `touches`: touchpoint_id, customer_id, touchpoint_type, medium, is_machine, occurred_at.
#}
{% macro eligible_touches(touches) -%}
human_clicks as (

    select
        customer_id,
        occurred_at
    from {{ touches }}
    where touchpoint_type = 'email_click' and not is_machine

),

opened_by_email as (

    select distinct touches.touchpoint_id
    from {{ touches }} as touches
    inner join human_clicks
        on
            touches.customer_id = human_clicks.customer_id
            and touches.occurred_at >= human_clicks.occurred_at
            and touches.occurred_at <= human_clicks.occurred_at + {{ minutes(var('session_timeout_minutes')) }}
    where touches.touchpoint_type in ('ad_click', 'site_visit') and touches.medium = 'email'

),

candidates as (

    select touches.*
    from {{ touches }} as touches
    left join opened_by_email on touches.touchpoint_id = opened_by_email.touchpoint_id
    where
        opened_by_email.touchpoint_id is null
        and (
            touches.touchpoint_type in ('ad_click', 'site_visit')
            or (touches.touchpoint_type = 'email_click' and not touches.is_machine)
        )

)
{%- endmacro %}
