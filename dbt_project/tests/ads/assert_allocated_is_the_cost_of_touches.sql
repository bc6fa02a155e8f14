-- `allocated` is what stands on the touches, exactly, in both currencies.
with touches as (

    select
        platform,
        account_id,
        cost_date,
        sum(account_cost) as account_cost,
        sum(cost) as cost
    from {{ ref('int_ad_touch_costs') }}
    where account_cost is not null
    group by all

),

allocated as (

    select * from {{ ref('fct_spend_reconciliation') }}
    where
        grain = 'account'
        and component = 'allocated'

),

final as (

    select
        coalesce(touches.platform, allocated.platform) as platform,
        coalesce(touches.account_id, allocated.account_id) as account_id,
        coalesce(touches.cost_date, allocated.date) as cost_date,
        touches.account_cost,
        allocated.account_amount,
        touches.cost,
        allocated.amount
    from touches
    full outer join allocated
        on
            touches.platform = allocated.platform
            and touches.account_id = allocated.account_id
            and touches.cost_date = allocated.date
    where
        coalesce(touches.account_cost, 0) <> coalesce(allocated.account_amount, 0)
        or coalesce(touches.cost, 0) <> coalesce(allocated.amount, 0)

)

select * from final
