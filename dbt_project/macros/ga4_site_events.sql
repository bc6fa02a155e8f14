{#
  GA4's events as int_site_events has them: `told` is what an event tells (staging), `worked_out` what is worked out of it.
  Grain: event. `where` is a condition on what is told, `asked_for` one on what is worked out that leaves few events of an incremental
  run, with `few` of a full one too: these are looked up first, and only they are joined. As a condition on the join's result it would be
  asked of every event; and a join by two keys reads all that every event tells, while a look for one number skips what it need not.
  `also` names further columns that are worked out. With `just_now` a night looks among what int_ga4_events has just worked out again, where
  all events of sessions that changed are: it stands at the table's end.
#}
{% macro ga4_site_events(where='true', asked_for=none, also=[], few=false, just_now=false) -%}
    {%- set looked_up = asked_for and (few or is_incremental()) -%}
    {%- set just_now = just_now and is_incremental() -%}
    {%- if looked_up -%}
    with {% if just_now -%}
    worked_out_again as {{ read_first() }} (

        select worked_out.* from {{ ref('int_ga4_events') }} as worked_out
        {{ join_affected(['visitor_number', 'event_timestamp_from'], 'worked_out', 'int_ga4_events') }}

    ),

    {% endif -%}
    asked as {{ read_first() }} (

        select * from {{ 'worked_out_again' if just_now else ref('int_ga4_events') }} as worked_out
        where {{ asked_for }}

    ),

    found as {{ read_first() }} (

        select * from {{ ref('stg_ga4__events') }}
        where event_timestamp in (select asked.event_timestamp from asked)

    )

    {% endif -%}
    select
        'ga4' as source_system,
        {{ ga4_record_id(of='told') }} as source_record_id,
        told.account_id,
        {{ ga4_session_id('told', 'worked_out') }} as session_id,
        worked_out.session_number,
        worked_out.event_number,
        told.event_name,
        worked_out.touchpoint_type,
        told.occurred_at,
        told.partition_date,
        told.user_pseudo_id,
        told.user_id,
        told.email_sha256,
        told.page_location,
        told.page_host,
        told.page_referrer,
        told.tag_origin,
        told.tag_source,
        told.tag_medium,
        told.tag_campaign,
        told.tag_campaign_id,
        told.tag_term,
        told.gclid,
        told.gbraid,
        told.wbraid,
        told.dclid,
        told.msclkid,
        told.ttclid,
        told.fbclid,
        told.url_ad_id,
        told.device_category,
        told.transaction_id,
        told.revenue,
        told.refund_value,
        told.has_unread_refund,
        told.currency,
        told.consent_state,
        told.has_consent,
        worked_out.set_aside_reason,
        told.loaded_at
        {%- for name in also %},
        worked_out.{{ name }}
        {%- endfor %}
    from {{ 'found' if looked_up else ref('stg_ga4__events') }} as told
    inner join {{ 'asked' if looked_up else ref('int_ga4_events') }} as worked_out
        on told.event_timestamp = worked_out.event_timestamp and told.record_number = worked_out.record_number
    where
        {{ where }}
        {%- if asked_for and not looked_up %}
        and {{ asked_for }}
        {%- endif %}
{%- endmacro %}
