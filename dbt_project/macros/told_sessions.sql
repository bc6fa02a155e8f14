{#
  What the events of a session tell of it, as the CTE `told`: where it began, the tags of its first tagged event and the ids of its
  first click. Of nearly all sessions the first event tells all of it (int_ga4_events knows of which; of Matomo's all), and no events
  need to be brought together; all events of the others are. To read in the model: is_affected('session_number').
#}
{% macro told_sessions() -%}
{%- set asked_for = 'worked_out.set_aside_reason is null and ' ~ is_affected('session_number', of='worked_out') -%}
{%- set worked_out = ['first_event_tells_all', 'has_one_person', 'has_decision_step', 'session_end', 'is_sent_by_server'] %}

matomo_events as {{ read_again() if not is_incremental() }} (

    select * from {{ ref('int_matomo_site_events') }} as events
    where set_aside_reason is null and {{ is_affected('session_number', of='events') }}

),

-- Nobody else stands in a visit of Matomo's, and nothing else in its events says where it came from.
matomo_visits as (

    select
        openings.*,
        true as first_event_tells_all,
        true as has_one_person,
        whole.has_decision_step,
        {{ micros('whole.ended_at') }} as session_end,
        false as is_sent_by_server
    from matomo_events as openings
    inner join (
        select
            session_id,
            coalesce(bool_or({{ is_decision_step('touchpoint_type') }}), false) as has_decision_step,
            max(occurred_at) as ended_at
        from matomo_events
        group by session_id
    ) as whole
        on openings.session_id = whole.session_id
    where openings.event_number = 1

),

first_events as {{ read_again() if not is_incremental() }} (

    {{ ga4_site_events(
        asked_for='worked_out.event_number = 1 and worked_out.first_event_tells_all and ' ~ asked_for,
        also=worked_out,
        just_now=true
    ) }}
    union all
    select * from matomo_visits

),

other_events as (

    {{ ga4_site_events(
        asked_for='not worked_out.first_event_tells_all and ' ~ asked_for,
        also=worked_out,
        few=true,
        just_now=true
    ) }}

),

first_tags as (

    select
        session_id,
        event_number,
        {{ visit_tags() }}
    from other_events
    where tag_origin is not null
    qualify row_number() over (partition by session_id order by event_number) = 1

),

-- A bare fbclid is on every link out of Facebook, and numbers stand in many tags: a click that is an ad's goes before these.
maybe_clicks as (

    select
        session_id,
        event_number,
        coalesce({{ ad_click_ids() | join(', ') }}) is not null as has_click_id,
        lower(trim(tag_source)) as told_source,
        lower(trim(tag_medium)) as told_medium,
        lower(coalesce(tag_campaign, '')) as told_campaign,
        {{ visit_clicks() }}
    from other_events
    where coalesce({{ ad_click_ids() | join(', ') }}, fbclid, url_ad_id) is not null

),

-- A number beside the name of another platform's site is that platform's, and none of Meta's (meta_clicks).
judged_clicks as (

    select
        maybe_clicks.* exclude (has_click_id, told_source, told_medium, told_campaign),
        case
            when maybe_clicks.has_click_id then true
            when coalesce(medium_aliases.canonical, maybe_clicks.told_medium) = 'email' then false
            when not {{ is_of_meta("coalesce(told_sites.site, told_names.site, 'meta')") }} then false
            else coalesce(
                length(maybe_clicks.url_ad_id) >= 10
                or (maybe_clicks.fbclid is not null and maybe_clicks.url_ad_id is not null)
                or {{ is_paid_medium("coalesce(maybe_clicks.told_medium, '')") }}
                or (maybe_clicks.fbclid is not null and {{ is_paid_campaign('maybe_clicks.told_campaign') }}),
                false
            )
        end as is_an_ads
    from maybe_clicks
    left join {{ ref('utm_aliases') }} as source_aliases
        on maybe_clicks.told_source = source_aliases.alias and source_aliases.field = 'source'
    left join {{ ref('utm_aliases') }} as medium_aliases
        on maybe_clicks.told_medium = medium_aliases.alias and medium_aliases.field = 'medium'
    left join {{ ref('site_categories') }} as told_sites
        on coalesce(source_aliases.canonical, maybe_clicks.told_source) = told_sites.site
    left join {{ ref('site_categories') }} as told_names
        on {{ site_name('coalesce(source_aliases.canonical, maybe_clicks.told_source)') }} = told_names.site

),

first_clicks as (

    select * from judged_clicks
    qualify row_number() over (partition by session_id order by not is_an_ads, event_number) = 1

),

-- Tags that came after an ad's click, or after a landing with the number of Google's campaign, say nothing of the visit's source:
-- who came by an ad and opens the coupon's email in the same visit came by the ad.
arrivals as (

    select
        {{ visit_opening() }},
        {{ visit_tags() }},
        {{ visit_clicks() }}
    from first_events
    union all
    select
        openings.*,
        first_tags.* exclude (session_id, event_number),
        first_clicks.* exclude (session_id, event_number, is_an_ads)
    from (
        select {{ visit_opening() }} from other_events
        where event_number = 1
    ) as openings
    left join first_clicks on openings.session_id = first_clicks.session_id
    left join first_tags
        on
            openings.session_id = first_tags.session_id
            and case
                when first_clicks.is_an_ads then first_tags.event_number <= first_clicks.event_number
                when first_clicks.session_id is null and openings.landed_campaign_id is not null
                    then first_tags.event_number = 1
                else true
            end

),

told as (

    select
        *,
        fbclid is not null as has_fbclid,
        click_id_type is null and landed_campaign_id is not null as has_google_campaign,
        case
            when length(url_ad_id) >= 10 then 'long'
            when url_ad_id is not null then 'short'
        end as ad_id_length
    from arrivals

)
{%- endmacro %}

{# Of a session's first event: who and where. #}
{% macro visit_opening() -%}
    session_id,
        session_number,
        source_record_id,
        source_system,
        account_id,
        user_pseudo_id,
        user_id,
        email_sha256,
        has_consent,
        consent_state,
        device_category,
        occurred_at as started_at,
        {{ url_page('page_location') }} as landing_page,
        {{ url_origin('page_location') }} as page_origin,
        page_host,
        {{ google_campaign() }} as landed_campaign_id,
        {{ url_origin('page_referrer') }} as referrer_origin,
        has_decision_step,
        has_one_person,
        session_end,
        is_sent_by_server,
        loaded_at
{%- endmacro %}

{# Of its first tagged event. #}
{% macro visit_tags() -%}
    nullif(lower(trim(tag_source)), '') as tag_source,
        nullif(lower(trim(tag_medium)), '') as tag_medium,
        tag_campaign as campaign_name,
        tag_campaign_id as campaign_id,
        tag_term as term
{%- endmacro %}

{# Of its first event with an ad's click, else of the first with what may be one. #}
{% macro visit_clicks() -%}
    case
            {%- for name in ad_click_ids() %}
            when {{ name }} is not null then '{{ name }}'
            {%- endfor %}
        end as click_id_type,
        coalesce({{ ad_click_ids() | join(', ') }}) as click_id,
        fbclid,
        url_ad_id,
        case when coalesce(gclid, gbraid, wbraid) is not null then {{ google_campaign() }} end as clicked_campaign_id
{%- endmacro %}

{#
  Google writes the campaign's number into every address that its ads lead to, beside its click ids. Of gbraid and wbraid nothing else
  tells the campaign, and browsers that take the gclid out of an address leave it.
#}
{% macro google_campaign() -%}
    case
            when page_location like '%gad_campaignid=%'
                then {{ digits_or_null(url_parameter("replace(page_location, '#', '&')", 'gad_campaignid')) }}
        end
{%- endmacro %}
