{# What a change reaches among ad clicks, their ads and their costs. Each gives a query for `note_affected`. #}

{# Touches that changed. Those of sessions that look different now are among them: all touches of their customers are replaced. #}
{% macro affected_ad_clicks() -%}
    select touchpoint_id from changes.int_touchpoints
{%- endmacro %}

{#
  Ad clicks that changed, whose ad, campaign or account is known otherwise now, or that name what now means another campaign.
  With each of them all that carry its click id: the first of these is billed, and one may name the ad of all.
#}
{% macro affected_ad_touches() -%}
    with tags as (
        select tag from changes.int_ad_campaign_tags
    ),
    affected as (
        select touchpoint_id from changes.int_ad_touches
        union all
        select touchpoint_id from {{ ref('int_ad_touches') }}
        where
            meta_ad_id in (select ad_id from changes.int_ads)
            or lower(trim(campaign_id)) in (select tag from tags)
            or lower(trim(campaign_name)) in (select tag from tags)
        union all
        select matched.touchpoint_id
        from {{ this }} as matched
        inner join changes.int_ad_campaigns as changed
            on
                matched.platform = changed.platform
                and matched.account_id = changed.account_id
                and matched.campaign_id = changed.campaign_id
        union all
        select matched.touchpoint_id
        from {{ this }} as matched
        inner join changes.int_ad_accounts as changed
            on matched.platform = changed.platform and matched.account_id = changed.account_id
    ),
    affected_clicks as (
        select click_id from changes.int_ad_touches
        union all
        select gclid as click_id from changes.stg_google_ads__clicks
        union all
        select click_id from {{ ref('int_ad_touches') }}
        where touchpoint_id in (select touchpoint_id from affected)
    )
    select touchpoint_id from affected
    union all
    select touchpoint_id from {{ ref('int_ad_touches') }}
    where click_id in (select click_id from affected_clicks)
{%- endmacro %}

{# Ad clicks that are matched otherwise now, and those of an ad or a campaign on a day whose spend is shared otherwise. #}
{% macro affected_ad_costs() -%}
    select touchpoint_id from changes.int_ad_touches_matched
    union all
    select touches.touchpoint_id
    from {{ ref('int_ad_touches_matched') }} as touches
    inner join changes.int_ad_cost_pools_by_ad as changed
        on
            touches.platform = changed.platform
            and touches.account_id = changed.account_id
            and touches.cost_date = changed.cost_date
            and touches.ad_group_id = changed.ad_group_id
            and touches.ad_id = changed.ad_id
    union all
    select touches.touchpoint_id
    from {{ ref('int_ad_touches_matched') }} as touches
    inner join changes.int_ad_cost_pools_by_campaign as changed
        on
            touches.platform = changed.platform
            and touches.account_id = changed.account_id
            and touches.cost_date = changed.cost_date
            and touches.campaign_id = changed.campaign_id
{%- endmacro %}
