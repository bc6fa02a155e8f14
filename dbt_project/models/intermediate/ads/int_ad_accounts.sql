{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'account_id']
) }}

with google_ads as (

    select
        'google_ads' as platform,
        account_id,
        account_name,
        account_currency,
        account_time_zone,
        final_url_suffix,
        is_in_latest_snapshot
    from {{ ref('stg_google_ads__customers') }}

),

facebook_ads as (

    select
        'facebook_ads' as platform,
        account_id,
        account_name,
        account_currency,
        account_time_zone,
        cast(null as varchar) as final_url_suffix,
        is_in_latest_snapshot
    from {{ ref('stg_facebook_ads__accounts') }}

),

final as (

    select * from google_ads

    union all

    select * from facebook_ads

)

select * from final
