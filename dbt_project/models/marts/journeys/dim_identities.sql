{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['identifier_type', 'identifier', 'customer_id', 'evidence', 'valid_from', 'valid_to'],
    meta={'affected_by': ['identifier_type', 'identifier'], 'tells': ['customer_id']},
    pre_hook="{{ note_affected(['identifier_type', 'identifier'], affected_identifiers()) }}"
) }}

with components as (

    select
        components.*,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id
    where {{ is_affected(['identifier_type', 'identifier'], of='components') }}

),

sessions as (

    select * from (
        select
            *,
            'device' as identifier_type,
            user_pseudo_id as identifier
        from {{ ref('int_session_customers') }}
    ) as visits
    where {{ is_affected(['identifier_type', 'identifier'], of='visits') }}

),

strong_identifiers as (

    select
        identifier_type,
        identifier,
        customer_id,
        case
            when hub_reason is not null then hub_reason
            when is_seen_on_site then 'site_event'
            when is_seen_in_files then 'first_party_event'
            when is_seen_in_profiles then 'klaviyo_profile'
            else 'mailchimp_member'
        end as evidence,
        first_seen_at as valid_from,
        ends_at as valid_to
    from components

),

own_devices as (

    select
        'device' as identifier_type,
        user_pseudo_id as identifier,
        customer_id,
        evidence,
        min(started_at) as valid_from,
        cast(null as timestamp) as valid_to
    from sessions
    where not is_shared
    group by user_pseudo_id, customer_id, evidence

),

-- A shared device is one person's for a while, then another's: a period lasts until the next person's begins. Of people
-- whose visits begin at the very same moment only the last has a period.
shared_turns as (

    select
        *,
        coalesce(
            lag(customer_id) over (partition by user_pseudo_id order by started_at, session_id) <> customer_id,
            true
        ) as is_turn
    from sessions
    where is_shared

),

shared_devices as (

    select
        'device' as identifier_type,
        user_pseudo_id as identifier,
        customer_id,
        evidence,
        started_at as valid_from,
        lead(started_at) over (partition by user_pseudo_id order by started_at, session_id) as valid_to
    from shared_turns
    where is_turn
    qualify valid_to is null or valid_to > valid_from

),

final as (

    select * from strong_identifiers
    union all
    select * from own_devices
    union all
    select * from shared_devices

)

select
    identifier_type,
    identifier,
    customer_id,
    evidence,
    valid_from,
    valid_to
from final
