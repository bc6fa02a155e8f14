{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'touchpoint_id', 'tells': ['touchpoint_id', 'session_id']},
    pre_hook="{{ note_affected('touchpoint_id', affected_ad_touches()) }}"
) }}

with touches as (

    select * from {{ ref('int_ad_touches') }} as touches
    where {{ is_affected('touchpoint_id', of='touches') }}

),

clicks as (

    select * from {{ ref('stg_google_ads__clicks') }}
    {%- if is_incremental() %}
    where gclid in (select touches.click_id from touches)
    {%- endif %}
    qualify row_number() over (partition by gclid order by click_date, account_id) = 1

),

ads as (

    select * from {{ ref('int_ads') }}
    where platform = 'facebook_ads'
    qualify row_number() over (partition by ad_id order by account_id) = 1

),

campaign_tags as (

    select * from {{ ref('int_ad_campaign_tags') }}

),

campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

accounts as (

    select * from {{ ref('int_ad_accounts') }}

),

-- A click id is one click, billed once, whoever carries it again: a later visit, a link that was passed on.
numbered as (

    select
        *,
        click_id is not null
        and row_number() over (partition by click_id order by occurred_at, touchpoint_id) > 1 as is_repeated_click,
        coalesce(
            meta_ad_id,
            case
                when click_id is not null then first_value(meta_ad_id ignore nulls) over (
                    partition by click_id order by occurred_at, touchpoint_id
                    rows between unbounded preceding and unbounded following
                )
            end
        ) as known_meta_ad_id
    from touches

),

-- The finest thing known: the click itself, else the ad that the URL names, else the campaign that its tags name. No
-- touch has both of the first: a click of Google's names no ad of Meta's.
matched as (

    select
        numbered.touchpoint_id,
        numbered.session_id,
        numbered.occurred_at,
        numbered.is_repeated_click,
        case
            when clicks.gclid is not null then 'google_ads'
            when ads.ad_id is not null then 'facebook_ads'
            else coalesce(tagged_by_id.platform, tagged_by_name.platform)
        end as platform,
        coalesce(clicks.account_id, ads.account_id, tagged_by_id.account_id, tagged_by_name.account_id) as account_id,
        coalesce(
            clicks.campaign_id, ads.campaign_id, tagged_by_id.campaign_id, tagged_by_name.campaign_id
        ) as campaign_id,
        coalesce(clicks.ad_group_id, ads.ad_group_id) as ad_group_id,
        coalesce(clicks.ad_id, ads.ad_id) as ad_id,
        clicks.keyword,
        clicks.click_date,
        case
            when clicks.ad_id is not null then 'click_id'
            when ads.ad_id is not null then 'ad_day'
            when coalesce(clicks.gclid, tagged_by_id.tag, tagged_by_name.tag) is not null then 'campaign_day'
        end as match_basis
    from numbered
    left join clicks
        on
            numbered.click_id = clicks.gclid
            and numbered.click_id_type = 'gclid'
    left join ads
        on
            numbered.known_meta_ad_id = ads.ad_id
            and coalesce(numbered.click_id_type, 'fbclid') = 'fbclid'
    left join campaign_tags as tagged_by_id
        on
            numbered.platform = tagged_by_id.platform
            and lower(trim(numbered.campaign_id)) = tagged_by_id.tag
    left join campaign_tags as tagged_by_name
        on
            numbered.platform = tagged_by_name.platform
            and lower(trim(numbered.campaign_name)) = tagged_by_name.tag

),

-- The day that the platform counts the click in: Google says it, Meta counts in the account's own zone.
final as (

    select
        matched.touchpoint_id,
        matched.session_id,
        matched.occurred_at,
        matched.platform,
        matched.account_id,
        matched.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_type,
        matched.ad_group_id,
        matched.ad_id,
        matched.keyword,
        coalesce(
            matched.click_date, {{ local_date('matched.occurred_at', 'accounts.account_time_zone') }}
        ) as cost_date,
        matched.match_basis,
        matched.is_repeated_click
    from matched
    left join campaigns
        on
            matched.platform = campaigns.platform
            and matched.account_id = campaigns.account_id
            and matched.campaign_id = campaigns.campaign_id
    left join accounts
        on
            matched.platform = accounts.platform
            and matched.account_id = accounts.account_id

)

select * from final
