with google_ads as (

    select
        'google_ads' as platform,
        account_id,
        performance_date,
        account_currency,
        impressions,
        clicks,
        account_spend
    from {{ ref('stg_google_ads__account_performance') }}

),

facebook_ads as (

    select
        'facebook_ads' as platform,
        account_id,
        performance_date,
        account_currency,
        impressions,
        clicks,
        account_spend
    from {{ ref('stg_facebook_ads__account_insights') }}

),

final as (

    select * from google_ads

    union all

    select * from facebook_ads

)

select * from final
