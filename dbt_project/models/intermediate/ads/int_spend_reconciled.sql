-- Loops write columns of this model; the linter takes the written lines for lines of this file.
-- noqa: disable=LT02,LT05
with performance as (

    select * from {{ ref('int_ad_performance') }}

),

totals as (

    select * from {{ ref('int_ad_account_totals') }}

),

rows_by_account as (

    select
        platform,
        account_id,
        performance_date,
        account_currency,
        {%- for kind in ['ad', 'campaign', 'account'] %}
        coalesce(sum(account_spend) filter (where row_kind = '{{ kind }}'), 0) as account_{{ kind }}_rows,
        coalesce(sum(spend) filter (where row_kind = '{{ kind }}'), 0) as {{ kind }}_rows,
        {%- endfor %}
        count(*) = count(spend) as has_rate
    from performance
    group by all

),

-- Residuals of the ads that are clicks without a touch went on to their campaign's pool, and are counted there.
residuals as (

    select
        platform,
        account_id,
        cost_date,
        account_allocated,
        allocated,
        case when residual_reason <> 'unmatched_clicks' then account_residual else 0 end as account_residual,
        case when residual_reason <> 'unmatched_clicks' then residual else 0 end as residual,
        residual_reason
    from {{ ref('int_ad_cost_pools_by_ad') }}

    union all

    select
        platform,
        account_id,
        cost_date,
        account_allocated,
        allocated,
        account_residual,
        residual,
        residual_reason
    from {{ ref('int_ad_cost_pools_by_campaign') }}

),

residuals_by_account as (

    select
        platform,
        account_id,
        cost_date,
        sum(account_allocated) as account_allocated,
        sum(allocated) as allocated,
        {%- for reason in ['unmatched_clicks', 'no_clicks', 'no_ad_rows', 'rounding'] %}
        coalesce(sum(account_residual) filter (where residual_reason = '{{ reason }}'), 0) as account_{{ reason }},
        coalesce(sum(residual) filter (where residual_reason = '{{ reason }}'), 0) as {{ reason }}{{ ',' if not loop.last }}
        {%- endfor %}
    from residuals
    group by all

),

account_days as (

    select
        coalesce(totals.platform, rows_by_account.platform) as platform,
        coalesce(totals.account_id, rows_by_account.account_id) as account_id,
        coalesce(totals.performance_date, rows_by_account.performance_date) as performance_date,
        coalesce(rows_by_account.account_currency, totals.account_currency) as account_currency,
        coalesce(rows_by_account.has_rate, true) as has_rate,
        totals.account_spend as account_billed,
        -- Each row was converted and rounded by itself: the bill in the reporting currency is what they add up to.
        case
            when totals.account_spend is not null
                then
                    coalesce(rows_by_account.ad_rows, 0)
                    + coalesce(rows_by_account.campaign_rows, 0)
                    + coalesce(rows_by_account.account_rows, 0)
        end as billed,
        {%- for kind in ['ad', 'campaign', 'account'] %}
        coalesce(rows_by_account.account_{{ kind }}_rows, 0) as account_{{ kind }}_rows,
        coalesce(rows_by_account.{{ kind }}_rows, 0) as {{ kind }}_rows{{ ',' if not loop.last }}
        {%- endfor %}
    from totals
    full outer join rows_by_account
        on
            totals.platform = rows_by_account.platform
            and totals.account_id = rows_by_account.account_id
            and totals.performance_date = rows_by_account.performance_date

),

final as (

    select
        account_days.*,
        {%- for part in ['allocated', 'unmatched_clicks', 'no_clicks', 'no_ad_rows', 'rounding'] %}
        coalesce(residuals_by_account.account_{{ part }}, 0) as account_{{ part }},
        coalesce(residuals_by_account.{{ part }}, 0) as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from account_days
    left join residuals_by_account
        on
            account_days.platform = residuals_by_account.platform
            and account_days.account_id = residuals_by_account.account_id
            and account_days.performance_date = residuals_by_account.cost_date

)

select * from final
