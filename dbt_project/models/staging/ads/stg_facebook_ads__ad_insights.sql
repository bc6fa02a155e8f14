{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('facebook_ads', 'ad_insights') }}"
) }}

with source as (

    select * from {{ source('landing_ads', 'facebook_ads__ad_insights') }}

),

renamed as (

    select
        -- ids
        account as account_id,
        campaign_id,
        adset_id,
        ad_id,

        -- strings
        campaign_name,
        adset_name,
        ad_name,
        lower(publisher_platform) as publisher_platform,
        upper(account_currency) as account_currency,
        attribution_setting,

        -- numerics; Meta leaves out a count that is zero
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(inline_link_clicks, 0) as link_clicks,
        coalesce(outbound_clicks, 0) as outbound_clicks,
        cast(spend as decimal(18, 6)) as account_spend,
        {{ money(meta_action('actions', meta_purchase_actions())) }} as conversions,
        {{ money(meta_action('action_values', meta_purchase_actions())) }} as account_conversion_value,

        -- dates and times
        date_start as performance_date,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
