{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'account_id', 'campaign_id', 'ad_group_id', 'ad_id'],
    meta={'tells': ['ad_id']}
) }}

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
