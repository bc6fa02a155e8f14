{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': 'session_id', 'always': "source_system <> 'ga4'"},
    pre_hook="{{ note_affected('session_id', 'select session_id from changes.int_ga4_events') }}"
) }}

with events as (

    select * from {{ ref('int_site_events') }} as events
    where
        set_aside_reason is null
        and (events.source_system <> 'ga4' or {{ is_affected('session_id', of='events') }})

),

openings as (

    select
        session_id,
        source_record_id,
        source_system,
        account_id,
        user_pseudo_id,
        has_consent,
        consent_state,
        device_category,
        occurred_at as started_at,
        {{ url_page('page_location') }} as landing_page,
        coalesce({{ url_host('page_location') }}, page_host) as page_host,
        page_referrer,
        {{ url_host('page_referrer') }} as referrer_host,
        loaded_at
    from events
    where event_number = 1

),

first_tags as (

    select
        session_id,
        event_number,
        nullif(lower(trim(tag_source)), '') as source,
        nullif(lower(trim(tag_medium)), '') as medium,
        tag_campaign as campaign_name,
        tag_campaign_id as campaign_id,
        tag_term as term
    from events
    where tag_origin is not null
    qualify row_number() over (partition by session_id order by event_number) = 1

),

first_clicks as (

    select
        session_id,
        case
            when coalesce(gclid, gbraid, wbraid, dclid, msclkid, ttclid) is not null then event_number
        end as ad_event_number,
        gclid,
        gbraid,
        wbraid,
        dclid,
        msclkid,
        ttclid,
        fbclid,
        url_ad_id
    from events
    where coalesce(gclid, gbraid, wbraid, dclid, msclkid, ttclid, fbclid, url_ad_id) is not null
    qualify row_number() over (partition by session_id order by event_number) = 1

),

steps as (

    select
        session_id,
        bool_or(touchpoint_type in ('add_to_cart', 'checkout', 'purchase')) as has_decision_step
    from events
    group by session_id

),

-- Mistyped tags mean what they were meant to. Tags that came after an ad's click say nothing of the visit's source.
repaired as (

    select
        openings.*,
        steps.has_decision_step,
        coalesce(source_aliases.canonical, first_tags.source) as tag_source,
        coalesce(medium_aliases.canonical, first_tags.medium) as tag_medium,
        first_tags.campaign_name,
        first_tags.campaign_id,
        first_tags.term,
        first_clicks.gclid,
        first_clicks.gbraid,
        first_clicks.wbraid,
        first_clicks.dclid,
        first_clicks.msclkid,
        first_clicks.ttclid,
        first_clicks.fbclid,
        first_clicks.url_ad_id,
        coalesce(
            {{ registered_domain('openings.referrer_host') }} = {{ registered_domain('openings.page_host') }}, false
        ) as is_own_referrer
    from openings
    inner join steps on openings.session_id = steps.session_id
    left join first_clicks on openings.session_id = first_clicks.session_id
    left join first_tags
        on
            openings.session_id = first_tags.session_id
            and first_tags.event_number <= coalesce(first_clicks.ad_event_number, first_tags.event_number)
    left join {{ ref('utm_aliases') }} as source_aliases
        on first_tags.source = source_aliases.alias and source_aliases.field = 'source'
    left join {{ ref('utm_aliases') }} as medium_aliases
        on first_tags.medium = medium_aliases.alias and medium_aliases.field = 'medium'

),

-- Which ad the visit came through. A bare fbclid is on every link out of Facebook: only paid tags or an ad id make it
-- an ad's.
clicked as (

    select
        repaired.*,
        coalesce(gclid, gbraid, wbraid, dclid, msclkid, ttclid) is null
        and coalesce(tag_medium, '') <> 'email' as may_be_meta,
        {{ matches("coalesce(tag_medium, '')", '^(.*cp.*|ppc|retargeting|paid.*)$') }} as is_paid_medium,
        {{ matches("lower(coalesce(campaign_name, ''))", '(^|[^a-z])(paid|cpc|ppc|cpm|ads?)([^a-z]|$)') }}
            as is_paid_campaign
    from repaired

),

placed as (

    select
        clicked.* exclude (url_ad_id, may_be_meta, is_paid_medium, is_paid_campaign),
        case
            when may_be_meta and (fbclid is not null or is_paid_medium or length(url_ad_id) >= 10) then url_ad_id
        end as meta_ad_id,
        may_be_meta and fbclid is not null and (is_paid_medium or is_paid_campaign or url_ad_id is not null)
            as is_meta_click
    from clicked

),

identified_clicks as (

    select
        placed.*,
        case
            when gclid is not null then 'gclid'
            when gbraid is not null then 'gbraid'
            when wbraid is not null then 'wbraid'
            when dclid is not null then 'dclid'
            when msclkid is not null then 'msclkid'
            when ttclid is not null then 'ttclid'
            when is_meta_click then 'fbclid'
        end as click_id_type,
        coalesce(gclid, gbraid, wbraid, dclid, msclkid, ttclid, case when is_meta_click then fbclid end) as click_id
    from placed

),

-- Tags first, then click ids, then the referrer, then a bare fbclid; else the visit is direct.
sourced as (

    select
        identified_clicks.*,
        coalesce(referrer_sites.site_category, referrer_names.site_category) as referrer_category,
        case
            when identified_clicks.click_id_type in ('gclid', 'gbraid', 'wbraid') then 'google'
            when identified_clicks.click_id_type = 'dclid' then 'doubleclick'
            when identified_clicks.click_id_type = 'msclkid' then 'bing'
            when identified_clicks.click_id_type = 'ttclid' then 'tiktok'
            when identified_clicks.click_id_type = 'fbclid' or identified_clicks.meta_ad_id is not null then 'facebook'
        end as click_source,
        case
            when identified_clicks.click_id_type in ('gclid', 'gbraid', 'wbraid', 'msclkid') then 'cpc'
            when identified_clicks.click_id_type = 'dclid' then 'cpm'
            when coalesce(identified_clicks.click_id_type, identified_clicks.meta_ad_id) is not null then 'paid_social'
        end as click_medium
    from identified_clicks
    left join {{ ref('site_categories') }} as referrer_sites
        on identified_clicks.referrer_host = referrer_sites.site
    left join {{ ref('site_categories') }} as referrer_names
        on {{ site_name('identified_clicks.referrer_host') }} = referrer_names.site

),

referred as (

    select
        sourced.*,
        case
            when referrer_host is null or is_own_referrer then null
            when referrer_category = 'ai_assistant' then referrer_host
            when referrer_category is not null then {{ site_name('referrer_host') }}
            else referrer_host
        end as referrer_source,
        case
            when referrer_host is null or is_own_referrer then null
            when referrer_category = 'search' then 'organic'
            when referrer_category in ('social', 'video') then referrer_category
            when referrer_category = 'ai_assistant' then 'ai-assistant'
            else 'referral'
        end as referrer_medium,
        case when fbclid is not null then 'facebook' end as bare_click_source,
        case when fbclid is not null then 'social' end as bare_click_medium
    from sourced

),

resolved as (

    select
        referred.*,
        coalesce(tag_source, click_source, referrer_source, bare_click_source, '(direct)') as source,
        case
            when tag_source is not null then tag_medium
            else coalesce(tag_medium, click_medium, referrer_medium, bare_click_medium, '(none)')
        end as medium
    from referred

),

channelled as (

    select
        resolved.session_id,
        resolved.source_record_id,
        resolved.source_system,
        resolved.account_id,
        resolved.user_pseudo_id,
        resolved.has_consent,
        resolved.consent_state,
        resolved.device_category,
        resolved.started_at,
        resolved.landing_page,
        resolved.source,
        resolved.medium,
        resolved.campaign_name,
        resolved.campaign_id,
        resolved.term,
        {{ visit_channel(
            'resolved.source',
            "coalesce(resolved.medium, '')",
            "lower(coalesce(resolved.campaign_name, ''))",
            'coalesce(source_sites.site_category, source_names.site_category)',
            "coalesce(resolved.click_id_type, case when resolved.meta_ad_id is not null then 'ad_id' end)"
        ) }} as channel,
        resolved.click_id,
        resolved.click_id_type,
        resolved.meta_ad_id,
        case
            when resolved.click_id_type in ('gclid', 'gbraid', 'wbraid') then 'google_ads'
            when resolved.click_id_type = 'fbclid' or resolved.meta_ad_id is not null then 'facebook_ads'
        end as ad_platform,
        resolved.click_id is not null or resolved.meta_ad_id is not null as is_ad_click,
        coalesce(resolved.has_decision_step, false) as has_decision_step,
        resolved.loaded_at
    from resolved
    left join {{ ref('site_categories') }} as source_sites
        on resolved.source = source_sites.site
    left join {{ ref('site_categories') }} as source_names
        on {{ site_name('resolved.source') }} = source_names.site

)

select * from channelled
