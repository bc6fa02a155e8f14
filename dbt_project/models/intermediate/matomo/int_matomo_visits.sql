{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': ['account_id', 'visit_id'], 'tells': ['session_id']},
    pre_hook="{{ note_affected(['account_id', 'visit_id'], affected_matomo_visits()) }}"
) }}

{%- set click_ids = ['gbraid', 'wbraid', 'dclid', 'ttclid'] %}
{%- set is_tagged = 'coalesce(tag_source, tag_medium, tag_campaign) is not null' %}

-- A visit that went on after midnight counts on its last day; its earlier state may still lie in the day before.
with visits as {{ read_first() if is_incremental() else read_again() }} (

    {{ found_rows(ref('stg_matomo__visits'), is_affected(['account_id', 'visit_id'], of='found')) }}
    qualify row_number() over (
        partition by account_id, visit_id order by last_action_at desc, partition_date desc
    ) = 1

),

landings as (

    select
        account_id,
        visit_id,
        partition_date,
        page_location
    from {{ ref('stg_matomo__actions') }}
    where
        page_location is not null
        {%- if is_incremental() %}
        and partition_date in (select visits.partition_date from visits)
        and visit_id in (select visits.visit_id from visits)
        {%- endif %}
    qualify row_number() over (partition by account_id, visit_id, partition_date order by action_number) = 1

),

located as (

    select
        visits.*,
        landings.page_location,
        sites.site_host,
        coalesce({{ url_host('landings.page_location') }}, sites.site_host) as page_host
    from visits
    left join landings
        on
            visits.account_id = landings.account_id
            and visits.visit_id = landings.visit_id
            and visits.partition_date = landings.partition_date
    left join {{ ref('stg_matomo__sites') }} as sites
        on visits.account_id = sites.account_id

),

-- Some sites have their parameters behind a `#`.
addressed as (

    select
        located.*,
        replace(page_location, '#', '&') as queried_location
    from located

),

-- Matomo takes click ids and utm tags out of addresses unless it is told not to; an add-on may keep a click id beside
-- its provider, utm_content is the campaign's content.
clicked as (

    select
        addressed.*,
        coalesce(
            {{ url_parameter('queried_location', 'gclid') }}, case when ad_provider like '%google%' then ad_click_id end
        ) as gclid,
        coalesce(
            {{ url_parameter('queried_location', 'fbclid') }},
            case when ad_provider like '%facebook%' or ad_provider like '%meta%' then ad_click_id end
        ) as fbclid,
        coalesce(
            {{ url_parameter('queried_location', 'msclkid') }},
            case when ad_provider like '%bing%' or ad_provider like '%microsoft%' then ad_click_id end
        ) as msclkid,
        {%- for click_id in click_ids %}
        {{ url_parameter('queried_location', click_id) }} as {{ click_id }},
        {%- endfor %}
        coalesce(
            {%- for name in var('meta_ad_id_parameters') %}
            {{ digits_or_null(url_parameter('queried_location', name)) }}
            {%- if name | lower == 'utm_content' %},
            {{ digits_or_null('campaign_content') }}
            {%- endif %}
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) as url_ad_id
    from addressed

),

-- As of GA4's visits an ad's click tells more than a referrer, of which the name is even less than the address.
judged as (

    select
        clicked.*,
        referrer_url is null
        and coalesce(gclid, gbraid, wbraid, dclid, msclkid, ttclid) is null
        and (url_ad_id is null or (fbclid is null and length(url_ad_id) < 10))
        and (fbclid is not null or {{ google_campaign() }} is null) as has_name_alone
    from clicked

),

-- A campaign without the plugin that keeps source and medium has a name alone; a referrer's address and an ad's click
-- tell more than its name, so the name counts only without them.
tagged as (

    select
        judged.*,
        case
            when referrer_type = 'campaign'
                then coalesce(campaign_source, case when has_name_alone and fbclid is null then '(not set)' end)
            when has_name_alone and referrer_type in ('search', 'social', 'website', 'ai-assistant')
                then referrer_name
        end as tag_source,
        case
            when referrer_type = 'campaign'
                then
                    coalesce(
                        campaign_medium,
                        case when has_name_alone and fbclid is null and campaign_source is null then '(not set)' end
                    )
            when has_name_alone and referrer_type = 'search' then 'organic'
            when has_name_alone and referrer_type = 'social' then 'social'
            when has_name_alone and referrer_type = 'ai-assistant' then 'ai-assistant'
            when has_name_alone and referrer_type = 'website' then 'referral'
        end as tag_medium,
        case when referrer_type = 'campaign' then coalesce(campaign_name, referrer_name) end as tag_campaign,
        case when referrer_type = 'campaign' then coalesce(campaign_keyword, referrer_keyword) end as tag_term
    from judged

)

select
    source_record_id,
    account_id,
    visit_id,
    {{ matomo_session_id() }} as session_id,
    user_pseudo_id,
    user_id,
    email_sha256,
    page_location,
    page_host,
    site_host,
    referrer_url as page_referrer,
    case when {{ is_tagged }} then referrer_type end as tag_origin,
    tag_source,
    tag_medium,
    tag_campaign,
    case when {{ is_tagged }} then campaign_id end as tag_campaign_id,
    case when {{ is_tagged }} then tag_term end as tag_term,
    gclid,
    gbraid,
    wbraid,
    dclid,
    msclkid,
    ttclid,
    fbclid,
    url_ad_id,
    device_category,
    currency,
    first_action_at,
    last_action_at,
    partition_date,
    loaded_at
from tagged
