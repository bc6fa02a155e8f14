{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['session_id', 'user_pseudo_id', 'user_id', 'email_sha256'],
    meta={'affected_by': 'session_number', 'tells': ['session_id', 'user_pseudo_id'], 'at_the_end': true},
    pre_hook="{{ note_affected('session_number', affected_sightings()) }}"
) }}

-- Who was seen where: the identifiers that stood together in events of one session, or in one first-party event. Of
-- most sessions every event names the same ones, so the session tells them; only events of the others are grouped.
with sessions_of_one as (

    {{ found_rows(
        ref('int_sessions'),
        'found.has_consent and found.has_one_person and ' ~ is_affected('session_number', of='found')
    ) }}

),

other_events as (

    {{ ga4_site_events(
        'told.has_consent',
        asked_for='worked_out.set_aside_reason is null and not worked_out.has_one_person and '
        ~ is_affected('session_number', of='worked_out'),
        just_now=true
    ) }}

)

select
    session_id,
    session_number,
    user_pseudo_id,
    user_id,
    email_sha256,
    started_at as first_seen_at,
    last_event_at as last_seen_at,
    source_record_id as first_record_id,
    source_system
from sessions_of_one
union all
select
    session_id,
    session_number,
    user_pseudo_id,
    user_id,
    email_sha256,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    {{ first_by('source_record_id', 'event_number') }} as first_record_id,
    source_system
from other_events
group by source_system, session_id, session_number, user_pseudo_id, user_id, email_sha256
union all
select
    session_id,
    session_number,
    device_id as user_pseudo_id,
    user_id,
    email_sha256,
    occurred_at as first_seen_at,
    occurred_at as last_seen_at,
    source_record_id as first_record_id,
    'first_party' as source_system
from (
    select
        *,
        source_record_id as session_id,
        {{ text_number(['source_record_id']) }} as session_number
    from {{ ref('int_first_party_events') }}
    where set_aside_reason is null and has_consent
) as file_events
where {{ is_affected('session_number', of='file_events') }}
