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

accounts as (

    select * from google_ads

    union all

    select * from facebook_ads

),

time_zones as (

    {{ time_zones() }}

),

-- A zone that the engine does not know is none: asked for a day in it, it would answer no query at all.
final as (

    select
        accounts.platform,
        accounts.account_id,
        accounts.account_name,
        accounts.account_currency,
        time_zones.name as account_time_zone,
        accounts.final_url_suffix,
        accounts.is_in_latest_snapshot
    from accounts
    left join time_zones on lower(trim(accounts.account_time_zone)) = lower(time_zones.name)

)

select * from final
