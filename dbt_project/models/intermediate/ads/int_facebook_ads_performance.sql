with insights as (

    select * from {{ ref('stg_facebook_ads__ad_insights') }}

),

-- `clicks` also counts likes, comments and taps on the profile. Only a link click can reach the site; an ad's day
-- without any (Meta leaves the field out when it is zero) falls back on all its clicks.
final as (

    select
        account_id,
        performance_date,
        'ad' as row_kind,
        campaign_id,
        adset_id as ad_group_id,
        ad_id,
        publisher_platform as placement,
        cast(null as varchar) as device_category,
        impressions,
        clicks,
        case
            when sum(link_clicks) over (partition by account_id, performance_date, adset_id, ad_id) > 0 then link_clicks
            else clicks
        end as billed_clicks,
        account_spend,
        conversions,
        account_conversion_value
    from insights

)

select * from final
