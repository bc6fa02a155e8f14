{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['account_id', 'partition_date', 'click_date', 'gclid'],
    meta={'affected_by': ['account_id', 'partition_date'], 'tells': ['gclid']},
    pre_hook="{{ note_affected(['account_id', 'partition_date'], changed_partitions('google_ads', 'click_view')) }}"
) }}

with source as (

    select * from {{ source('landing_ads', 'google_ads__click_view') }}

),

renamed as (

    select
        -- ids; a click on an ad names it as customers/<customer>/adGroupAds/<ad group>~<ad>
        account as account_id,
        click_view_gclid as gclid,
        cast(campaign_id as varchar) as campaign_id,
        coalesce(
            cast(ad_group_id as varchar),
            {{ text_part(text_part('click_view_ad_group_ad', '/', 4), '~', 1) }}
        ) as ad_group_id,
        {{ text_part(text_part('click_view_ad_group_ad', '/', 4), '~', 2) }} as ad_id,

        -- strings
        nullif(click_view_keyword_info_text, '') as keyword,
        lower(click_view_keyword_info_match_type) as keyword_match_type,
        lower(segments_device) as device,
        lower(segments_ad_network_type) as ad_network_type,

        -- numerics
        click_view_page_number as page_number,

        -- dates and times
        segments_date as click_date,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
