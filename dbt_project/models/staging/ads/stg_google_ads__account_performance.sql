{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('google_ads', 'account_performance') }}"
) }}

with source as (

    select * from {{ source('landing_ads', 'google_ads__account_performance') }}

),

renamed as (

    select
        -- ids
        account as account_id,

        -- strings
        upper(customer_currency_code) as account_currency,

        -- numerics; micros become units of the account's currency here and nowhere else
        coalesce(metrics_impressions, 0) as impressions,
        coalesce(metrics_clicks, 0) as clicks,
        coalesce(metrics_interactions, 0) as interactions,
        {{ money_from_micros('coalesce(metrics_cost_micros, 0)') }} as account_spend,
        {{ money('coalesce(metrics_conversions, 0)') }} as conversions,
        {{ money('coalesce(metrics_conversions_value, 0)') }} as account_conversion_value,
        {{ money('coalesce(metrics_all_conversions, 0)') }} as all_conversions,
        coalesce(metrics_view_through_conversions, 0) as view_through_conversions,

        -- dates and times
        segments_date as performance_date,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
