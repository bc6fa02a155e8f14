{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'touchpoint_id'},
    pre_hook="{{ note_affected('touchpoint_id', affected_ad_costs()) }}"
) }}

with touches as (

    select * from {{ ref('int_ad_touches_matched') }} as touches
    where {{ is_affected('touchpoint_id', of='touches') }}

),

ad_pools as (

    select * from {{ ref('int_ad_cost_pools_by_ad') }}

),

campaign_pools as (

    select * from {{ ref('int_ad_cost_pools_by_campaign') }}
    where is_paying

),

priced as (

    select
        touches.*,
        coalesce(ad_pools.account_currency, campaign_pools.account_currency) as account_currency,
        case
            when touches.match_basis is null then null
            when touches.is_repeated_click then 0
            else coalesce(ad_pools.account_unit_cost, campaign_pools.account_unit_cost)
        end as account_cost,
        case
            when touches.match_basis is null then null
            when touches.is_repeated_click then 0
            else coalesce(ad_pools.unit_cost, campaign_pools.unit_cost)
        end as cost
    from touches
    left join ad_pools
        on
            touches.match_basis in ('click_id', 'ad_day')
            and touches.platform = ad_pools.platform
            and touches.account_id = ad_pools.account_id
            and touches.cost_date = ad_pools.cost_date
            and touches.ad_group_id = ad_pools.ad_group_id
            and touches.ad_id = ad_pools.ad_id
    left join campaign_pools
        on
            touches.match_basis = 'campaign_day'
            and touches.platform = campaign_pools.platform
            and touches.account_id = campaign_pools.account_id
            and touches.cost_date = campaign_pools.cost_date
            and touches.campaign_id = campaign_pools.campaign_id

),

final as (

    select
        touchpoint_id,
        platform,
        account_id,
        campaign_id,
        campaign_name,
        ad_group_id,
        ad_id,
        keyword,
        cast(cost as decimal(18, 6)) as cost,
        case when cost is not null then match_basis end as cost_basis,
        is_repeated_click,
        cost_date,
        cast(account_cost as decimal(18, 6)) as account_cost,
        account_currency
    from priced

)

select * from final
