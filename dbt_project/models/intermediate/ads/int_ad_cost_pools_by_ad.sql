{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'account_id', 'cost_date', 'campaign_id', 'ad_group_id', 'ad_id', 'account_currency'],
    meta={'tells': ['platform', 'account_id', 'cost_date', 'ad_group_id', 'ad_id']}
) }}

with ad_days as (

    select
        platform,
        account_id,
        performance_date as cost_date,
        campaign_id,
        ad_group_id,
        ad_id,
        account_currency,
        sum(billed_clicks) as clicks,
        sum(account_spend) as account_spend,
        sum(spend) as spend
    from {{ ref('int_ad_performance') }}
    where row_kind = 'ad'
    group by all

),

touches as (

    select
        platform,
        account_id,
        cost_date,
        ad_group_id,
        ad_id,
        count(*) as touches
    from {{ ref('int_ad_touches_matched') }}
    where
        match_basis in ('click_id', 'ad_day')
        and not is_repeated_click
    group by all

),

-- More touches than billed clicks share the bill among themselves; fewer leave the rest unmatched.
shared as (

    select
        ad_days.*,
        coalesce(touches.touches, 0) as touches,
        greatest(ad_days.clicks, coalesce(touches.touches, 0)) as divisor
    from ad_days
    left join touches
        on
            ad_days.platform = touches.platform
            and ad_days.account_id = touches.account_id
            and ad_days.cost_date = touches.cost_date
            and ad_days.ad_group_id = touches.ad_group_id
            and ad_days.ad_id = touches.ad_id

),

{{ priced_pools() }},

final as (

    select
        platform,
        account_id,
        cost_date,
        campaign_id,
        ad_group_id,
        ad_id,
        account_currency,
        clicks,
        touches,
        divisor,
        account_spend,
        spend,
        account_unit_cost,
        unit_cost,
        account_allocated,
        allocated,
        account_residual,
        residual,
        case
            when divisor = 0 then 'no_clicks'
            when divisor > touches then 'unmatched_clicks'
            else 'rounding'
        end as residual_reason
    from priced

)

select * from final
