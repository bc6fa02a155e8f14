{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('facebook_ads', 'account_insights') }}"
) }}

with source as (

    select * from {{ source('landing_ads', 'facebook_ads__account_insights') }}

),

renamed as (

    select
        -- ids
        account as account_id,

        -- strings
        upper(account_currency) as account_currency,

        -- numerics; Meta leaves out a count that is zero
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        cast(spend as decimal(18, 6)) as account_spend,

        -- dates and times
        date_start as performance_date,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
