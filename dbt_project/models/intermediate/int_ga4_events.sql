{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['event_timestamp', 'record_number'],
    meta={'affected_by': ['visitor_number', 'event_timestamp_from'], 'tells': ['session_number'], 'at_the_end': true},
    pre_hook="{{ note_affected(['visitor_number', 'event_timestamp_from'], affected_visits()) }}",
    post_hook="{{ tell_sessions_of_changed_events() }}"
) }}

{%- set event_order = [
    'event_timestamp', 'event_bundle_sequence_id', 'batch_page_id', 'batch_ordering_id', 'batch_event_index',
    'name_place', 'record_number'
] %}

-- Holds what is worked out of an event, by its key; what it tells stays in staging, and int_site_events has both. A
-- session is a number here: its id is a text for every event, and is made where it is told (ga4_session_id).
-- A text in an order costs as much as all the numbers in it, so names have their place in the alphabet.
with names as {{ read_first() }} (

    select
        told.event_name,
        event_types.touchpoint_type,
        {{ is_decision_step('event_types.touchpoint_type') }} as is_decision_step,
        cast(row_number() over (order by told.event_name) as integer) as name_place
    from (select distinct event_name from {{ ref('stg_ga4__events') }}) as told
    left join {{ ref('event_types') }} as event_types
        on told.event_name = event_types.event_name

),

-- A night looks for what it asks for among all events once.
events as {{ read_first() if is_incremental() else read_again() }} (

    select
        events.*,
        names.name_place,
        names.touchpoint_type,
        -- What is asked of a session as a whole, as bits: each aggregate over its events costs a second for ten
        -- million.
        case when events.tag_origin is not null then 1 else 0 end
        + case
            when coalesce(
                {%- for name in ad_click_ids() %}
                events.{{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
            ) is not null then 2 else 0
        end
        + case when events.fbclid is not null then 8 else 0 end
        + case when events.url_ad_id is not null then 16 else 0 end
        + case
            when
                events.ga_session_id is not null
                or coalesce(events.page_location, events.page_referrer) is not null
                or coalesce(names.touchpoint_type, '') not in ('purchase', 'refund')
                then 32
            else 0
        end
        + case when names.is_decision_step then 4 else 0 end as signs,
        coalesce(names.is_decision_step, false) as is_decision_step,
        {{ text_number(['events.user_id'], ['events.email_sha256']) }} as person_number,
        set_aside.set_aside_reason
    from {{ ref('stg_ga4__events') }} as events
    left join {{ ref('int_ga4_events_set_aside') }} as set_aside
        on
            events.event_timestamp = set_aside.event_timestamp
            and events.record_number = set_aside.record_number
    left join names
        on events.event_name = names.event_name
    {%- if is_incremental() %}
    where
        events.rowid in (
            {{ affected_places(ref('stg_ga4__events'), ['visitor_number', 'event_timestamp_from'], 'int_ga4_events') }}
        )
    {%- endif %}

),

-- What is set aside, and what has no consent, is no part of anybody's visit and stands alone.
alone as (

    select
        event_timestamp,
        record_number,
        visitor_number,
        {{ content_number(['event_timestamp', 'record_number']) }} as session_number,
        cast(null as varchar) as visit,
        true as stands_alone,
        1 as event_number,
        touchpoint_type,
        transaction_id,
        set_aside_reason,
        true as first_event_tells_all,
        true as has_one_person,
        is_decision_step as has_decision_step,
        event_timestamp as session_end,
        false as is_sent_by_server
    from events
    where not has_consent or set_aside_reason is not null

),

-- Few devices have events without a session id. Only of these is it worked out when they paused.
pausing as (

    select distinct visitor_number
    from {{ 'events' if is_incremental() else ref('stg_ga4__events') }}
    where has_consent and ga_session_id is null

),

paused as (

    select
        {%- for name in event_order %}
        events.{{ name }},
        {%- endfor %}
        events.visitor_number,
        events.ga_session_id,
        events.ga_session_id is null
        and coalesce(
            events.occurred_at - lag(events.occurred_at) over device > {{ minutes(var('session_timeout_minutes')) }},
            true
        ) as starts_by_pause
    from events
    inner join pausing on events.visitor_number = pausing.visitor_number
    where events.has_consent and events.set_aside_reason is null
    window device as (partition by events.visitor_number order by {{ event_order | join(', ') }})

),

opened as (

    select
        paused.*,
        case
            when ga_session_id is not null then ga_session_id
            when starts_by_pause then event_timestamp
        end as opened_visit,
        case when ga_session_id is not null or starts_by_pause then starts_by_pause end as is_opened_by_pause
    from paused

),

-- An event without an id belongs to the session that goes on at the time.
continued as (

    select
        event_timestamp,
        record_number,
        last_value(opened_visit ignore nulls) over up_to_now as visit,
        last_value(is_opened_by_pause ignore nulls) over up_to_now as is_pause
    from opened
    window up_to_now as (
        partition by visitor_number
        order by {{ event_order | join(', ') }}
        rows between unbounded preceding and current row
    )

),

visiting as (

    select
        {%- for name in event_order %}
        events.{{ name }},
        {%- endfor %}
        events.visitor_number,
        {{ content_number([
            'events.visitor_number',
            'coalesce(continued.visit, events.ga_session_id)',
            'coalesce(continued.is_pause, false)',
        ]) }} as session_number,
        case
            when events.ga_session_id is null
                then case when continued.is_pause then 'pause' else '' end || cast(continued.visit as varchar)
        end as visit,
        events.transaction_id,
        events.signs,
        events.person_number
    from events
    left join continued
        on events.event_timestamp = continued.event_timestamp and events.record_number = continued.record_number
    where events.has_consent and events.set_aside_reason is null

),

-- What is to be known of a session as a whole is worked out here, where its events stand beside each other in order, so
-- that no later model brings them together again.
numbered as (

    select
        event_timestamp,
        record_number,
        visitor_number,
        session_number,
        visit,
        name_place,
        transaction_id,
        row_number() over in_order as event_number,
        count(*) over session as events_in_session,
        first_value(signs) over in_order as first_signs,
        bit_or(signs) over session as all_signs,
        min(person_number) over session = max(person_number) over session as has_one_person,
        first_value(event_timestamp) over in_order as session_start,
        max(event_timestamp) over session as session_end
    from visiting
    window
        session as (partition by session_number),
        in_order as (session order by {{ event_order | join(', ') }})

)

select * from alone
union all
select
    numbered.event_timestamp,
    numbered.record_number,
    numbered.visitor_number,
    numbered.session_number,
    numbered.visit,
    false as stands_alone,
    numbered.event_number,
    names.touchpoint_type,
    numbered.transaction_id,
    case
        when numbered.events_in_session > {{ var('max_events_per_session') }} then 'bot'
        when
            {{ utc_from_micros('numbered.session_end') }} - {{ utc_from_micros('numbered.session_start') }}
            > {{ days(var('max_session_days')) }}
            then 'over_long'
    end as set_aside_reason,
    (numbered.first_signs & 27) = (numbered.all_signs & 27) as first_event_tells_all,
    numbered.has_one_person,
    (numbered.all_signs & 4) > 0 as has_decision_step,
    case when numbered.event_number = 1 then numbered.session_end end as session_end,
    -- A server's sales and refunds name no page, no source and no session: nobody was there.
    (numbered.all_signs & 59) = 0 as is_sent_by_server
from numbered
left join names on numbered.name_place = names.name_place
