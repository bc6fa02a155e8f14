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

with sessions as {{ read_again() if not is_incremental() }} (

    select
        sessions.*,
        session_customers.customer_id
    from {{ ref('int_sessions') }} as sessions
    inner join {{ ref('int_session_customers') }} as session_customers
        on sessions.session_id = session_customers.session_id
    where {{ is_affected('customer_id', of='session_customers') }}

),

arrivals as (

    select
        {{ hashed_id(["'arrival'", 'session_id']) }} as touchpoint_id,
        customer_id,
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

steps as (

    select
        {{ hashed_id(["'event'", 'events.source_record_id']) }} as touchpoint_id,
        sessions.customer_id,
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
    inner join sessions on events.session_id = sessions.session_id

),

site_touches as (

    select
        touchpoint_id,
        customer_id,
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

-- The order of a customer's touches; nothing in it depends on when a row arrived. It is worked out on numbers and given
-- to the touches at the end: sorting them with their ids, or with all that they tell, costs several times as much. Two
-- numbers stand for a touch, one in the order of its id. A journey ends with a closing conversion, itself included; the
-- next touch opens the next one.
ordered as (

    select
        {{ content_number(['touchpoint_id']) }} as touch_number,
        {{ start_of_id('touchpoint_id') }} as touch_order,
        {{ content_number(['customer_id']) }} as customer_number,
        touchpoint_type,
        is_decision_arrival,
        row_number() over by_time as customer_touch_number,
        coalesce(sum(case when touchpoint_type = '{{ closing }}' then 1 end) over (
            by_time rows between unbounded preceding and 1 preceding
        ), 0) as closings_before,
        case when touchpoint_type = '{{ closing }}' then occurred_at end as closes_at
    from touches
    window
        by_time as (
            partition by {{ content_number(['customer_id']) }}
            order by occurred_at, event_number, {{ start_of_id('touchpoint_id') }}
        )

),

journeys as (

    select
        customer_number,
        closings_before,
        min(customer_touch_number) as first_touch_number,
        cast(count(*) as integer) as touchpoints_in_journey,
        max(closes_at) as closed_at
    from ordered
    group by customer_number, closings_before

),

numbered as (

    select
        ordered.touch_number,
        ordered.touch_order,
        ordered.touchpoint_type,
        ordered.is_decision_arrival,
        ordered.customer_touch_number,
        cast(ordered.closings_before + 1 as integer) as journey_number,
        cast(ordered.customer_touch_number - journeys.first_touch_number + 1 as integer) as touchpoint_number,
        journeys.touchpoints_in_journey,
        journeys.closed_at,
        ordered.closings_before > 0 as is_after_first_purchase,
        ordered.customer_touch_number = 1 as is_first_of_customer
    from ordered
    inner join journeys
        on ordered.customer_number = journeys.customer_number and ordered.closings_before = journeys.closings_before

),

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

select * from staged
