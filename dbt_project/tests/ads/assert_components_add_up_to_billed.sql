-- At every grain the components add up to `billed`, exactly, in both currencies.
with sums as (

    select
        date,
        platform,
        account_id,
        grain,
        max(account_amount) filter (where component = 'billed') as account_billed,
        max(amount) filter (where component = 'billed') as billed,
        sum(account_amount) filter (where component <> 'billed') as account_parts,
        sum(amount) filter (where component <> 'billed') as parts
    from {{ ref('fct_spend_reconciliation') }}
    group by all

),

final as (

    select * from sums
    where
        account_billed <> account_parts
        or billed <> parts
        or (account_billed is not null and account_parts is null)
        or (billed is not null and parts is null)

)

select * from final
