{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'customer_id', 'tells': ['touchpoint_id', 'customer_id']},
    pre_hook="{{ note_affected('customer_id', affected_customers()) }}"
) }}

{%- set closing = var('closing_conversion') %}
{%- set of_sessions = [
    'landing_page', 'channel', 'ad_platform', 'source', 'medium', 'campaign_id', 'campaign_name', 'term', 'meta_ad_id',
    'source_system',
] %}

-- Sessions are joined by numbers of their ids: putting touches in order needs nothing else of them in memory.
with owners as {{ read_again() if not is_incremental() }} (

    select
        {{ content_number(['session_id']) }} as session_number,
        customer_id,
        {{ content_number(['customer_id']) }} as customer_number
    from {{ ref('int_session_customers') }} as session_customers
    where {{ is_affected('customer_id', of='session_customers') }}

),

sessions as {{ read_again() if not is_incremental() }} (

    select
        sessions.*,
        owners.session_number,
        owners.customer_id,
        owners.customer_number
    from {{ ref('int_sessions') }} as sessions
    inner join owners on {{ content_number(['sessions.session_id']) }} = owners.session_number

),

arrivals as (

    select
        {{ hashed_id(["'arrival'", 'session_id']) }} as touchpoint_id,
        customer_id,
        customer_number,
        case when is_ad_click then 'ad_click' else 'site_visit' end as touchpoint_type,
        started_at as occurred_at,
        0 as event_number,
        session_id,
        device_category,
        cast(null as varchar) as transaction_id,
        cast(null as decimal(18, 6)) as revenue,
        cast(null as varchar) as revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        {%- for name in of_sessions %}
        {{ name }},
        {%- endfor %}
        has_decision_step as is_decision_arrival
    from sessions

),

-- What of the history is not asked for is not read.
site_events as (

    {{ ga4_site_events(
        'worked_out.set_aside_reason is null and worked_out.touchpoint_type is not null',
        asked_for='worked_out.session_id in (select sessions.session_id from sessions)' if is_incremental()
    ) }}
    union all
    select * from {{ ref('int_matomo_site_events') }}
    where set_aside_reason is null and touchpoint_type is not null

),

-- Found again for the answer, in a full build: a gigabyte of their texts does not fit beside the order of all touches.
steps as {{ read_again() if not is_incremental() }} (

    select
        {{ hashed_id(["'event'", 'events.source_record_id']) }} as touchpoint_id,
        sessions.customer_id,
        sessions.customer_number,
        events.touchpoint_type,
        events.occurred_at,
        events.event_number,
        events.session_id,
        events.device_category,
        events.transaction_id,
        events.revenue,
        events.currency as revenue_currency,
        events.consent_state,
        events.source_record_id,
        events.loaded_at,
        {%- for name in of_sessions %}
        sessions.{{ name }},
        {%- endfor %}
        false as is_decision_arrival
    from site_events as events
    inner join sessions on {{ content_number(['events.session_id']) }} = sessions.session_number

),

site_touches as {{ read_again() if not is_incremental() }} (

    select
        touchpoint_id,
        customer_id,
        customer_number,
        touchpoint_type,
        occurred_at,
        event_number,
        session_id,
        device_category,
        transaction_id,
        revenue,
        revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        landing_page,
        channel,
        coalesce(ad_platform, 'web') as platform,
        source,
        medium,
        campaign_id,
        campaign_name,
        term,
        meta_ad_id,
        cast(null as varchar) as email_message_id,
        is_decision_arrival,
        false as is_machine,
        source_system
    from (
        select * from arrivals
        union all
        select * from steps
    ) as told

),

email_touches as (

    select
        {{ hashed_id(["'email'", 'source_record_id']) }} as touchpoint_id,
        customer_id,
        {{ content_number(['customer_id']) }} as customer_number,
        touchpoint_type,
        occurred_at,
        1 as event_number,
        cast(null as varchar) as session_id,
        cast(null as varchar) as device_category,
        cast(null as varchar) as transaction_id,
        cast(null as decimal(18, 6)) as revenue,
        cast(null as varchar) as revenue_currency,
        'unknown' as consent_state,
        source_record_id,
        loaded_at,
        landing_page,
        'Email' as channel,
        platform,
        platform as source,
        'email' as medium,
        campaign_id,
        campaign_name,
        cast(null as varchar) as term,
        cast(null as varchar) as meta_ad_id,
        email_message_id,
        false as is_decision_arrival,
        is_machine,
        platform as source_system
    from {{ ref('int_email_touches') }} as email_touches
    where {{ is_affected('customer_id', of='email_touches') }}

),

first_party_touches as (

    select
        touchpoint_id,
        customer_id,
        {{ content_number(['customer_id']) }} as customer_number,
        touchpoint_type,
        occurred_at,
        1 as event_number,
        cast(null as varchar) as session_id,
        cast(null as varchar) as device_category,
        transaction_id,
        amount as revenue,
        currency as revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        cast(null as varchar) as landing_page,
        channel,
        'first_party' as platform,
        source,
        medium,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as campaign_name,
        cast(null as varchar) as term,
        cast(null as varchar) as meta_ad_id,
        cast(null as varchar) as email_message_id,
        false as is_decision_arrival,
        false as is_machine,
        'first_party' as source_system
    from {{ ref('int_first_party_touches') }} as first_party_touches
    where {{ is_affected('customer_id', of='first_party_touches') }}

),

touches as {{ read_again() if not is_incremental() }} (

    select * from site_touches
    union all
    select * from email_touches
    union all
    select * from first_party_touches

),

{{ numbered_touches(closing) }},

{{ decided_stages() }},

staged as (

    select
        touches.*,
        numbered.customer_touch_number,
        numbered.journey_number,
        {{ hashed_id(['touches.customer_id', 'numbered.journey_number - 1']) }} as journey_id,
        numbered.touchpoint_number,
        numbered.touchpoints_in_journey,
        numbered.closed_at,
        numbered.is_after_first_purchase,
        numbered.is_first_of_customer,
        decided.journey_stage
    from touches
    inner join numbered
        on
            {{ content_number(['touches.touchpoint_id']) }} = numbered.touch_number
            and {{ start_of_id('touches.touchpoint_id') }} = numbered.touch_order
    inner join decided
        on
            numbered.is_after_first_purchase = decided.is_after_first_purchase
            and numbered.touchpoint_type = decided.touchpoint_type
            and numbered.is_first_of_customer = decided.is_first_of_customer
            and numbered.is_decision_arrival = decided.is_decision_arrival

)

select * exclude (customer_number) from staged
