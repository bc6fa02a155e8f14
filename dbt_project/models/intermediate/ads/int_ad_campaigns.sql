{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['platform', 'account_id', 'campaign_id']
) }}

with google_campaigns as (

    select * from {{ ref('stg_google_ads__campaigns') }}

),

facebook_campaigns as (

    select * from {{ ref('stg_facebook_ads__campaigns') }}

),

accounts as (

    select * from {{ ref('int_ad_accounts') }}

),

google_mentioned as (

    select
        account_id,
        campaign_id,
        campaign_type,
        performance_date
    from {{ ref('stg_google_ads__campaign_performance') }}

    union all

    select distinct
        account_id,
        campaign_id,
        cast(null as varchar) as campaign_type,
        cast(null as date) as performance_date
    from {{ ref('stg_google_ads__clicks') }}
    where campaign_id is not null

),

-- Campaigns that spent, or were clicked, but are in no snapshot; Meta's figures carry the name, Google's the type.
google_seen as (

    select
        account_id,
        campaign_id,
        {{ newest('campaign_type', 'performance_date') }} as campaign_type
    from google_mentioned
    group by account_id, campaign_id

),

facebook_seen as (

    select
        account_id,
        campaign_id,
        {{ newest('campaign_name', 'performance_date') }} as campaign_name
    from {{ ref('stg_facebook_ads__ad_insights') }}
    group by account_id, campaign_id

),

google_ads as (

    select
        'google_ads' as platform,
        coalesce(google_campaigns.account_id, google_seen.account_id) as account_id,
        coalesce(google_campaigns.campaign_id, google_seen.campaign_id) as campaign_id,
        google_campaigns.campaign_name,
        coalesce(google_campaigns.campaign_type, google_seen.campaign_type) as campaign_type,
        google_campaigns.campaign_status as status,
        google_campaigns.campaign_status as effective_status,
        google_campaigns.final_url_suffix as url_tags,
        {{ utc_from_local('google_campaigns.started_at_local', 'accounts.account_time_zone') }} as started_at,
        {{ utc_from_local('google_campaigns.ended_at_local', 'accounts.account_time_zone') }} as ended_at,
        coalesce(google_campaigns.campaign_status = 'removed' or not google_campaigns.is_in_latest_snapshot, true)
            as is_deleted
    from google_campaigns
    full outer join google_seen
        on
            google_campaigns.account_id = google_seen.account_id
            and google_campaigns.campaign_id = google_seen.campaign_id
    left join accounts
        on
            accounts.platform = 'google_ads'
            and google_campaigns.account_id = accounts.account_id

),

facebook_ads as (

    select
        'facebook_ads' as platform,
        coalesce(facebook_campaigns.account_id, facebook_seen.account_id) as account_id,
        coalesce(facebook_campaigns.campaign_id, facebook_seen.campaign_id) as campaign_id,
        coalesce(facebook_campaigns.campaign_name, facebook_seen.campaign_name) as campaign_name,
        facebook_campaigns.objective as campaign_type,
        facebook_campaigns.campaign_status as status,
        facebook_campaigns.effective_status,
        cast(null as varchar) as url_tags,
        facebook_campaigns.started_at,
        facebook_campaigns.ended_at,
        coalesce(facebook_campaigns.effective_status = 'deleted' or not facebook_campaigns.is_in_latest_snapshot, true)
            as is_deleted
    from facebook_campaigns
    full outer join facebook_seen
        on
            facebook_campaigns.account_id = facebook_seen.account_id
            and facebook_campaigns.campaign_id = facebook_seen.campaign_id

),

final as (

    select * from google_ads

    union all

    select * from facebook_ads

)

select * from final
