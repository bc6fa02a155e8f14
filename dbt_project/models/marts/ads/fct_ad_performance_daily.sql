with performance as (

    select * from {{ ref('int_ad_performance') }}

),

final as (

    select
        performance_date as date,
        platform,
        account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        placement,
        device_category,
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        account_spend,
        account_currency,
        spend,
        cast('{{ var("reporting_currency") }}' as varchar) as currency,
        conversions as platform_conversions,
        conversion_value as platform_conversion_value
    from performance

)

select * from final
