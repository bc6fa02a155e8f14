-- The rows of fct_ad_performance_daily add up to the account's own total, by account and day, to the millionth.
with performance as (

    select
        platform,
        account_id,
        date,
        sum(account_spend) as account_spend
    from {{ ref('fct_ad_performance_daily') }}
    group by all

),

totals as (

    select * from {{ ref('int_ad_account_totals') }}

),

final as (

    select
        totals.platform,
        totals.account_id,
        totals.performance_date,
        totals.account_spend as billed,
        performance.account_spend as reported
    from totals
    left join performance
        on
            totals.platform = performance.platform
            and totals.account_id = performance.account_id
            and totals.performance_date = performance.date
    where totals.account_spend <> coalesce(performance.account_spend, 0)

)

select * from final
