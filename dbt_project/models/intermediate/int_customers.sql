{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['component_id', 'anonymous_device']
) }}

-- Everything that may name a customer: strong identifiers, profiles, and the devices that are one person's alone.
with device_sightings as (

    select
        user_pseudo_id,
        component_id,
        min(started_at) as first_seen_at
    from {{ ref('int_identity_sessions') }}
    where not is_shared
    group by user_pseudo_id, component_id

),

members as (

    select
        identifier_type,
        identifier,
        first_seen_at,
        component_id,
        cast(null as varchar) as anonymous_device
    from {{ ref('int_identity_components') }}
    union all
    select
        'device' as identifier_type,
        user_pseudo_id as identifier,
        first_seen_at,
        component_id,
        case when component_id is null then user_pseudo_id end as anonymous_device
    from device_sightings

),

-- The earliest-seen identifier names the customer, so the name does not depend on the order in which days arrive.
named as (

    select
        component_id,
        anonymous_device,
        {{ hashed_id(["identifier_type || ':' || identifier"]) }} as customer_id
    from members
    qualify row_number() over (
        partition by component_id, anonymous_device
        order by first_seen_at nulls last, identifier_type || ':' || identifier
    ) = 1

)

select * from named
