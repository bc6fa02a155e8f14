{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'account_id', 'cost_date', 'campaign_id', 'account_currency', 'pool'],
    meta={'tells': ['platform', 'account_id', 'cost_date', 'campaign_id']}
) }}

with without_ads as (

    select
        platform,
        account_id,
        performance_date as cost_date,
        campaign_id,
        account_currency,
        'without_ads' as pool,
        sum(billed_clicks) as clicks,
        sum(account_spend) as account_spend,
        sum(spend) as spend
    from {{ ref('int_ad_performance') }}
    where row_kind = 'campaign'
    group by all

),

-- Clicks that the ads were billed for and no touch was found to: a touch that names its campaign only is one of them.
unmatched as (

    select
        platform,
        account_id,
        cost_date,
        campaign_id,
        account_currency,
        'unmatched_clicks' as pool,
        sum(divisor - touches) as clicks,
        sum(account_residual) as account_spend,
        sum(residual) as spend
    from {{ ref('int_ad_cost_pools_by_ad') }}
    where residual_reason = 'unmatched_clicks'
    group by all

),

pools as (

    select * from without_ads

    union all

    select * from unmatched

),

-- One pool a campaign and day pays for its touches: the spend that no ad explains where there is some, else the
-- unmatched clicks.
ranked as (

    select
        *,
        row_number() over (
            partition by platform, account_id, cost_date, campaign_id
            order by
                case
                    when pool = 'without_ads' and account_spend > 0 then 1
                    when pool = 'unmatched_clicks' then 2
                    else 3
                end
        ) = 1
        and (pool = 'unmatched_clicks' or account_spend > 0) as is_paying
    from pools

),

touches as (

    select
        platform,
        account_id,
        cost_date,
        campaign_id,
        count(*) as touches
    from {{ ref('int_ad_touches_matched') }}
    where
        match_basis = 'campaign_day'
        and not is_repeated_click
    group by all

),

shared as (

    select
        ranked.*,
        coalesce(touches.touches, 0) as touches,
        greatest(ranked.clicks, coalesce(touches.touches, 0)) as divisor
    from ranked
    left join touches
        on
            ranked.is_paying
            and ranked.platform = touches.platform
            and ranked.account_id = touches.account_id
            and ranked.cost_date = touches.cost_date
            and ranked.campaign_id = touches.campaign_id

),

{{ priced_pools() }},

final as (

    select
        platform,
        account_id,
        cost_date,
        campaign_id,
        pool,
        is_paying,
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
            when touches > 0 and divisor = touches then 'rounding'
            when pool = 'without_ads' then 'no_ad_rows'
            else 'unmatched_clicks'
        end as residual_reason
    from priced

)

select * from final
