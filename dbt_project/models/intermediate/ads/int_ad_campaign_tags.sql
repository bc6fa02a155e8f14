{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'tag'],
    meta={'tells': ['tag']}
) }}

with campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

accounts as (

    select * from {{ ref('int_ad_accounts') }}

),

ads as (

    select * from {{ ref('int_ads') }}

),

-- Google appends the account's tags where a campaign has none, also to ads that no list has (Performance Max).
tagged_campaigns as (

    select
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id,
        coalesce(nullif(campaigns.url_tags, ''), accounts.final_url_suffix) as url_tags
    from campaigns
    left join accounts
        on
            campaigns.platform = accounts.platform
            and campaigns.account_id = accounts.account_id

),

-- What a landing URL may say to name a campaign: its id, its name, or the utm_campaign that its ads' URLs carry.
named as (

    select
        platform,
        account_id,
        campaign_id,
        campaign_id as tag
    from campaigns

    union all

    select
        platform,
        account_id,
        campaign_id,
        campaign_name as tag
    from campaigns

    union all

    select
        platform,
        account_id,
        campaign_id,
        {{ url_parameter("('?' || url_tags)", 'utm_campaign') }} as tag
    from tagged_campaigns

    union all

    select
        platform,
        account_id,
        campaign_id,
        {{ url_parameter("('?' || url_tags)", 'utm_campaign') }} as tag
    from ads

),

cleaned as (

    select distinct
        platform,
        account_id,
        campaign_id,
        lower(trim(tag)) as tag
    from named
    where trim(tag) <> ''

),

-- A tag that names several campaigns names none.
final as (

    select
        platform,
        tag,
        min(account_id) as account_id,
        min(campaign_id) as campaign_id
    from cleaned
    group by platform, tag
    having count(*) = 1

)

select * from final
