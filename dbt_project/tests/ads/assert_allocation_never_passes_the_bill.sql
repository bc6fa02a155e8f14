-- No touch and no pool takes more than there is, and nothing negative is handed out.
with pools as (

    select
        platform,
        account_id,
        cost_date,
        account_allocated,
        account_spend
    from {{ ref('int_ad_cost_pools_by_ad') }}

    union all

    select
        platform,
        account_id,
        cost_date,
        account_allocated,
        account_spend
    from {{ ref('int_ad_cost_pools_by_campaign') }}

),

final as (

    select * from pools
    where
        account_allocated < 0
        or account_allocated > greatest(account_spend, 0)

)

select * from final
