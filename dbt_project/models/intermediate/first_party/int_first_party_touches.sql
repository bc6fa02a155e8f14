{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'source_record_id', 'tells': ['customer_id']},
    pre_hook="{{ note_affected('source_record_id', affected_file_touches()) }}"
) }}

with events as (

    select * from {{ ref('int_first_party_events') }} as told
    where
        set_aside_reason is null
        and has_consent
        and touchpoint_type is not null
        and {{ is_affected('source_record_id', of='told') }}

),

of_a_person as (

    select
        recognitions.session_id as source_record_id,
        customers.customer_id
    from {{ ref('int_identity_recognitions') }} as recognitions
    inner join {{ ref('int_customers') }} as customers
        on recognitions.component_id = customers.component_id
    where
        recognitions.source_system = 'first_party'
        {%- if is_incremental() %}
        and recognitions.session_id in (select events.source_record_id from events)
        {%- endif %}

),

-- An event that names nobody but a device goes to whom the device belongs, as a visit at that time would.
of_a_device as (

    select
        session_id as source_record_id,
        customer_id
    from {{ ref('int_session_customers') }}
    {%- if is_incremental() %}
    where session_id in (select events.source_record_id from events)
    {%- endif %}

),

-- What names only an identifier that many use is that identifier's: the shop's own address is a customer of its own.
of_a_hub as (

    select
        components.identifier_type,
        components.identifier,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id
    where components.hub_reason is not null

),

owners as (

    select
        events.source_record_id,
        coalesce(of_a_person.customer_id, of_a_device.customer_id, of_a_hub.customer_id) as customer_id
    from events
    left join of_a_person on events.source_record_id = of_a_person.source_record_id
    left join of_a_device on events.source_record_id = of_a_device.source_record_id
    left join of_a_hub
        on
            of_a_hub.identifier_type = case when events.user_id is null then 'email_sha256' else 'user_id' end
            and of_a_hub.identifier = coalesce(events.user_id, events.email_sha256)

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
