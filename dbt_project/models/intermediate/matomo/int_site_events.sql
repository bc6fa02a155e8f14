{{ config(materialized='view') }}

{#- The columns in which both systems tell where a visit came from; of Matomo's events only the visit's own has them. #}
{%- set origins = [
    'page_referrer', 'tag_origin', 'tag_source', 'tag_medium', 'tag_campaign', 'tag_campaign_id', 'tag_term',
    'gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'ttclid', 'fbclid', 'url_ad_id',
] %}

with ga4 as (

    select
        'ga4' as source_system,
        {{ ga4_record_id(of='told') }} as source_record_id,
        told.account_id,
        worked_out.session_id,
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
        {%- for name in origins %}
        told.{{ name }},
        {%- endfor %}
        told.device_category,
        told.transaction_id,
        told.revenue,
        told.refund_value,
        told.currency,
        told.consent_state,
        told.has_consent,
        worked_out.set_aside_reason,
        told.loaded_at
    from {{ ref('stg_ga4__events') }} as told
    inner join {{ ref('int_ga4_events') }} as worked_out
        on told.event_timestamp = worked_out.event_timestamp and told.record_number = worked_out.record_number

),

matomo as (

    select
        'matomo' as source_system,
        events.source_record_id,
        events.account_id,
        events.session_id,
        events.event_number,
        events.event_name,
        events.touchpoint_type,
        events.occurred_at,
        events.partition_date,
        events.user_pseudo_id,
        events.user_id,
        events.email_sha256,
        events.page_location,
        events.page_host,
        {%- for name in origins %}
        visits.{{ name }},
        {%- endfor %}
        events.device_category,
        events.transaction_id,
        events.revenue,
        cast(null as decimal(18, 6)) as refund_value,
        events.currency,
        'unknown' as consent_state,
        true as has_consent,
        events.set_aside_reason,
        events.loaded_at
    from {{ ref('int_matomo_events') }} as events
    left join {{ ref('int_matomo_visits') }} as visits
        on events.source_record_id = visits.source_record_id

)

select * from ga4
union all
select * from matomo
