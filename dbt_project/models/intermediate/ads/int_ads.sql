with final as (

    select
        'google_ads' as platform,
        *
    from {{ ref('int_google_ads_ads') }}

    union all

    select
        'facebook_ads' as platform,
        *
    from {{ ref('int_facebook_ads_ads') }}

)

select * from final
