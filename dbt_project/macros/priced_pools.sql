{#
  From the CTE `shared` (a pool of spend a row, with clicks, touches, account_spend, spend, and divisor: among how many its bill is
  divided) to the CTE `priced`: what one touch costs, what all of them take, and what is left, in both currencies. What is allocated
  and what is left add up to the bill exactly.
#}
{% macro priced_pools() -%}
divided as (

    select
        *,
        {{ divided_down('account_spend', 'divisor') }} as account_unit_cost,
        {{ divided_down('spend', 'divisor') }} as unit_cost
    from shared

),

priced as (

    select
        * exclude (account_spend, spend),
        cast(account_spend as decimal(18, 6)) as account_spend,
        cast(spend as decimal(18, 6)) as spend,
        cast(touches * coalesce(account_unit_cost, 0) as decimal(18, 6)) as account_allocated,
        cast(touches * coalesce(unit_cost, 0) as decimal(18, 6)) as allocated,
        cast(account_spend - touches * coalesce(account_unit_cost, 0) as decimal(18, 6)) as account_residual,
        cast(spend - touches * coalesce(unit_cost, 0) as decimal(18, 6)) as residual
    from divided

)
{%- endmacro %}
