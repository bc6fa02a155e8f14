{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': 'session_number', 'at_the_end': true},
    pre_hook="{{ note_affected('session_number', changed_site_sessions()) }}"
) }}

{#- All that source, medium and channel of a session follow from. #}
{%- set rules_read = [
    'tag_source', 'tag_medium', 'campaign_name', 'click_id_type', 'has_fbclid', 'ad_id_length', 'has_google_campaign',
    'referrer_origin', 'page_origin', 'page_host',
] %}

with {{ told_sessions() }},

-- The rules read nothing else, and are asked once for each combination that occurs, not once a session.
combinations as (

    select distinct {{ rules_read | join(', ') }} from told

),

hosted as (

    select
        combinations.*,
        {{ url_host('referrer_origin') }} as referrer_host,
        coalesce({{ url_host('page_origin') }}, page_host) as visited_host
    from combinations

),

-- Mistyped tags mean what they were meant to.
repaired as (

    select
        hosted.*,
        coalesce(source_aliases.canonical, hosted.tag_source) as repaired_source,
        coalesce(medium_aliases.canonical, hosted.tag_medium) as repaired_medium,
        coalesce(
            {{ registered_domain('hosted.referrer_host') }} = {{ registered_domain('hosted.visited_host') }},
            false
        ) as is_own_referrer
    from hosted
    left join {{ ref('utm_aliases') }} as source_aliases
        on hosted.tag_source = source_aliases.alias and source_aliases.field = 'source'
    left join {{ ref('utm_aliases') }} as medium_aliases
        on hosted.tag_medium = medium_aliases.alias and medium_aliases.field = 'medium'

),

{{ meta_clicks() }},

-- Tags first, then click ids, then the referrer, then a bare fbclid; else the visit is direct.
sourced as (

    select
        placed.*,
        coalesce(
            placed.click_id_type,
            case when placed.is_meta_click then 'fbclid' when placed.is_google_click then 'gad_campaignid' end
        ) as known_click_type,
        coalesce(referrer_sites.site_category, referrer_names.site_category) as referrer_category,
        coalesce(referrer_sites.site, referrer_names.site) as referrer_site,
        case
            when placed.click_id_type in ('gclid', 'gbraid', 'wbraid') then 'google'
            when placed.click_id_type = 'dclid' then 'doubleclick'
            when placed.click_id_type = 'msclkid' then 'bing'
            when placed.click_id_type = 'ttclid' then 'tiktok'
            when placed.is_meta_click or placed.is_meta_ad then 'facebook'
            when placed.is_google_click then 'google'
        end as click_source,
        case
            when placed.click_id_type in ('gclid', 'gbraid', 'wbraid', 'msclkid') or placed.is_google_click then 'cpc'
            when placed.click_id_type = 'dclid' then 'cpm'
            when placed.click_id_type is not null or placed.is_meta_click or placed.is_meta_ad then 'paid_social'
        end as click_medium
    from placed
    left join {{ ref('site_categories') }} as referrer_sites
        on placed.referrer_host = referrer_sites.site
    left join {{ ref('site_categories') }} as referrer_names
        on {{ site_name('placed.referrer_host') }} = referrer_names.site

),

referred as (

    select
        sourced.*,
        case
            when referrer_host is null or is_own_referrer then null
            when referrer_category = 'ai_assistant' then referrer_host
            -- The name that the seed has the site under: looked up as a source, it is of the same kind.
            else coalesce(referrer_site, referrer_host)
        end as referrer_source,
        case
            when referrer_host is null or is_own_referrer then null
            when referrer_category = 'search' then 'organic'
            when referrer_category in ('social', 'video') then referrer_category
            when referrer_category = 'ai_assistant' then 'ai-assistant'
            else 'referral'
        end as referrer_medium,
        case when has_fbclid then 'facebook' end as bare_click_source,
        case when has_fbclid then 'social' end as bare_click_medium
    from sourced

),

resolved as (

    select
        referred.*,
        coalesce(repaired_source, click_source, referrer_source, bare_click_source, '(direct)') as source,
        case
            when repaired_source is not null then repaired_medium
            else coalesce(repaired_medium, click_medium, referrer_medium, bare_click_medium, '(none)')
        end as medium
    from referred

),

channelled as (

    select
        {%- for name in rules_read %}
        resolved.{{ name }},
        {%- endfor %}
        resolved.is_meta_ad,
        resolved.is_meta_click,
        resolved.is_google_click,
        resolved.source,
        resolved.medium,
        {{ visit_channel(
            'resolved.source',
            "coalesce(resolved.medium, '')",
            "lower(coalesce(resolved.campaign_name, ''))",
            'coalesce(source_sites.site_category, source_names.site_category)',
            "coalesce(resolved.known_click_type, case when resolved.is_meta_ad then 'ad_id' end)"
        ) }} as channel
    from resolved
    left join {{ ref('site_categories') }} as source_sites
        on resolved.source = source_sites.site
    left join {{ ref('site_categories') }} as source_names
        on {{ site_name('resolved.source') }} = source_names.site

),

final as (

    select
        told.session_id,
        told.session_number,
        told.source_record_id,
        told.source_system,
        told.account_id,
        told.user_pseudo_id,
        told.has_consent,
        told.consent_state,
        told.device_category,
        told.started_at,
        told.landing_page,
        case when told.is_sent_by_server then '(not set)' else channelled.source end as source,
        case when told.is_sent_by_server then '(not set)' else channelled.medium end as medium,
        told.campaign_name,
        coalesce(
            told.clicked_campaign_id,
            case when channelled.is_google_click then told.landed_campaign_id end,
            told.campaign_id
        ) as campaign_id,
        told.term,
        case when told.is_sent_by_server then 'Unassigned' else channelled.channel end as channel,
        case when channelled.is_meta_click then told.fbclid else told.click_id end as click_id,
        case when channelled.is_meta_click then 'fbclid' else told.click_id_type end as click_id_type,
        case when channelled.is_meta_ad then told.url_ad_id end as meta_ad_id,
        case
            when told.click_id_type in ('gclid', 'gbraid', 'wbraid') or channelled.is_google_click then 'google_ads'
            when channelled.is_meta_click or channelled.is_meta_ad then 'facebook_ads'
        end as ad_platform,
        told.click_id is not null or channelled.is_meta_click or channelled.is_meta_ad or channelled.is_google_click
            as is_ad_click,
        told.has_decision_step,
        told.is_sent_by_server,
        told.user_id,
        told.email_sha256,
        told.has_one_person,
        {{ utc_from_micros('told.session_end') }} as last_event_at,
        told.loaded_at
    from told
    inner join channelled on {{ equal_in(rules_read, 'told', 'channelled') }}

),

came as (

    select
        final.*,
        {{ origin_number('session') }} as origin_number
    from final

)

select * from came
