{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'customer_id', 'tells': ['touchpoint_id', 'customer_id'], 'compares': false},
    pre_hook="{{ note_affected('customer_id', affected_customers()) }}"
) }}

{%- set closing = var('closing_conversion') %}
{#- What a site's event or session tells of a touch. #}
{%- set told = [
    'touchpoint_type', 'occurred_at', 'event_number', 'session_id', 'device_category', 'transaction_id', 'revenue',
    'revenue_currency', 'consent_state', 'source_record_id', 'loaded_at', 'source_system', 'is_decision_arrival',
    'is_sent_by_server',
] %}

with owners as {{ read_first() if is_incremental() else read_again() }} (

    select
        session_id,
        customer_id
    from {{ ref('int_session_customers') }} as session_customers
    where {{ is_affected('customer_id', of='session_customers') }}

),

{% if is_incremental() -%}
told_otherwise as (

    {{ changed_sessions() }}

),

{% endif -%}
-- A night asks the sessions that look different now: it holds the touches of the others.
sessions as {{ read_first() if is_incremental() else read_again() }} (

    {{ found_rows(
        ref('int_sessions'),
        'found.session_id in (select told_otherwise.session_id from told_otherwise)' if is_incremental() else 'true'
    ) }}

),

-- Sessions are joined by numbers, and nothing is kept of them in memory that many touches have in common.
owned_sessions as {{ read_again() if not is_incremental() }} (

    select
        sessions.session_number,
        sessions.origin_number,
        owners.customer_id,
        {{ content_number(['owners.customer_id']) }} as customer_number
    from owners
    inner join sessions on {{ text_number(['owners.session_id']) }} = {{ text_number(['sessions.session_id']) }}

),

arrivals as (

    select
        {{ hashed_id(["'arrival'", 'session_id']) }} as touchpoint_id,
        session_number,
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
        source_system,
        has_decision_step as is_decision_arrival,
        false as is_sent_by_server
    from sessions
    where is_sent_by_server is not true

),

-- What of the history is not asked for is not read.
site_events as (

    {{ ga4_site_events(
        asked_for='worked_out.set_aside_reason is null and worked_out.touchpoint_type is not null'
        ~ (' and worked_out.session_number in (select sessions.session_number from sessions)' if is_incremental() else ''),
        also=['is_sent_by_server'],
        just_now=true
    ) }}
    union all
    select
        *,
        false as is_sent_by_server
    from {{ ref('int_matomo_site_events') }}
    where
        set_aside_reason is null
        and touchpoint_type is not null
        {%- if is_incremental() %}
        and session_number in (select sessions.session_number from sessions)
        {%- endif %}

),

-- Found again for the answer, in a full build: a gigabyte of their texts does not fit beside the order of all touches.
steps as {{ read_again() if not is_incremental() }} (

    select
        {{ hashed_id(["'event'", 'source_record_id']) }} as touchpoint_id,
        session_number,
        touchpoint_type,
        occurred_at,
        event_number,
        session_id,
        device_category,
        transaction_id,
        revenue,
        currency as revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        source_system,
        false as is_decision_arrival,
        is_sent_by_server
    from site_events

),

site_touches as {{ read_again() if not is_incremental() }} (

    select
        told.touchpoint_id,
        owned_sessions.customer_id,
        owned_sessions.customer_number,
        {%- for name in told %}
        told.{{ name }},
        {%- endfor %}
        owned_sessions.origin_number,
        cast(null as varchar) as email_message_id,
        false as is_machine
    from (
        select * from arrivals
        union all
        select * from steps
    ) as told
    inner join owned_sessions on told.session_number = owned_sessions.session_number

),

{{ off_site_touches() }},

{% if is_incremental() -%}
held_touches as (

    select
        held.touchpoint_id,
        owners.customer_id,
        {{ content_number(['owners.customer_id']) }} as customer_number,
        {%- for name in told %}
        held.{{ name }},
        {%- endfor %}
        held.origin_number,
        held.email_message_id,
        held.is_machine
    from {{ this }} as held
    inner join owners on held.session_id = owners.session_id
    where
        {{ is_affected('customer_id', of='held') }}
        and not exists (
            select 1 from told_otherwise
            where told_otherwise.session_id = held.session_id
        )

),

{% endif -%}
touches as {{ read_again() if not is_incremental() }} (

    select * from site_touches
    {%- if is_incremental() %}
    union all
    select * from held_touches
    {%- endif %}
    union all
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
        revenue,
        revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        source_system,
        false as is_decision_arrival,
        false as is_sent_by_server,
        origin_number,
        email_message_id,
        is_machine
    from (
        select * from email_touches
        union all
        select * from first_party_touches
    ) as off_site

),

{{ numbered_touches(closing) }},

{{ decided_stages() }},

-- As few bytes a touch as there can be: they are in memory, all at once, while touches are written.
settled as (

    select
        numbered.touch_number,
        numbered.customer_touch_number,
        numbered.journey_number,
        numbered.touchpoint_number,
        numbered.touchpoints_in_journey,
        numbered.closed_at,
        decided.situation_number
    from numbered
    inner join decided
        on
            numbered.is_after_first_purchase = decided.is_after_first_purchase
            and numbered.touchpoint_type = decided.touchpoint_type
            and numbered.is_first_of_customer = decided.is_first_of_customer
            and numbered.is_decision_arrival = decided.is_decision_arrival

),

staged as (

    select
        touches.touchpoint_id,
        touches.customer_id,
        {%- for name in told %}
        touches.{{ name }},
        {%- endfor %}
        touches.origin_number,
        touches.email_message_id,
        touches.is_machine,
        settled.customer_touch_number,
        settled.journey_number,
        settled.touchpoint_number,
        settled.touchpoints_in_journey,
        settled.closed_at,
        decided.is_after_first_purchase,
        decided.is_first_of_customer,
        decided.journey_stage
    from touches
    inner join settled on {{ start_of_id('touches.touchpoint_id') }} = settled.touch_number
    left join decided on settled.situation_number = decided.situation_number

)

select * from staged
