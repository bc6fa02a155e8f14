{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('matomo', 'visits') }}"
) }}

with source as (

    select * from {{ source('landing_matomo', 'matomo__visits') }}

),

renamed as (

    select
        -- ids
        'matomo/' || account || '/visits/' || idvisit as source_record_id,
        account as account_id,
        idvisit as visit_id,
        'matomo/' || account || '/' || visitorid as user_pseudo_id,
        {{ id_or_null('userid') }} as user_id,
        {{ sha256_or_null('email_sha256') }} as email_sha256,
        {{ set_or_null('campaignid') }} as campaign_id,
        {{ set_or_null('adclickid') }} as ad_click_id,

        -- strings
        lower(referrertype) as referrer_type,
        {{ set_or_null('referrername') }} as referrer_name,
        {{ set_or_null('referrerkeyword') }} as referrer_keyword,
        {{ set_or_null('referrerurl') }} as referrer_url,
        {{ set_or_null('campaignname') }} as campaign_name,
        {{ set_or_null('campaignsource') }} as campaign_source,
        {{ set_or_null('campaignmedium') }} as campaign_medium,
        {{ set_or_null('campaignkeyword') }} as campaign_keyword,
        {{ set_or_null('campaigncontent') }} as campaign_content,
        lower(adproviderid) as ad_provider,
        case
            when lower(devicetype) in ('smartphone', 'phablet', 'feature phone', 'portable media player') then 'mobile'
            when lower(devicetype) in ('tv', 'console', 'smart display') then 'smart tv'
            else lower(devicetype)
        end as device_category,
        upper(sitecurrency) as currency,

        -- numerics
        visitduration as visit_seconds,
        actions as action_count,

        -- dates and times
        dt as partition_date,
        {{ utc_from_micros('firstactiontimestamp * 1000000') }} as first_action_at,
        {{ utc_from_micros('lastactiontimestamp * 1000000') }} as last_action_at,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
