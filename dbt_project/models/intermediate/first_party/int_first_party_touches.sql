{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'tells': ['customer_id']}
) }}

with events as (

    select * from {{ ref('int_first_party_events') }}
    where set_aside_reason is null and has_consent and touchpoint_type is not null

),

-- Both identifiers of an event are one person's, so either tells it.
of_a_person as (

    select
        events.source_record_id,
        customers.customer_id
    from events
    inner join {{ ref('int_identity_components') }} as components
        on
            components.identifier_type = case when events.user_id is null then 'email_sha256' else 'user_id' end
            and components.identifier = coalesce(events.user_id, events.email_sha256)
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id

),

-- An event that names a device only goes to whom the device belongs, as a visit at that time would.
of_a_device as (

    select
        events.source_record_id,
        sessions.customer_id
    from events
    inner join {{ ref('int_session_customers') }} as sessions
        on events.source_record_id = sessions.session_id
    where events.user_id is null and events.email_sha256 is null

),

owners as (

    select * from of_a_person
    union all
    select * from of_a_device

),

named as (

    select
        {{ hashed_id(["'first_party'", 'events.source_record_id']) }} as touchpoint_id,
        events.source_record_id,
        owners.customer_id,
        events.touchpoint_type,
        events.occurred_at,
        events.channel,
        coalesce(events.first_party_channel, '(not set)') as source,
        events.medium,
        events.transaction_id,
        events.amount,
        events.currency,
        events.consent_state,
        events.loaded_at
    from events
    inner join owners on events.source_record_id = owners.source_record_id

)

select * from named
