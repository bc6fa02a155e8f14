{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=[
        'customer_id',
        'left_identifier_type',
        'left_identifier',
        'right_identifier_type',
        'right_identifier',
        'evidence',
        'merged_at',
        'parted_at'
    ],
    meta={'affected_by': 'left_identifier', 'always': "left_identifier_type <> 'device'", 'tells': ['customer_id']},
    pre_hook="{{ note_affected('left_identifier', affected_merges()) }}"
) }}

-- Of devices, of which any visit may tell, only those that a night reaches. What other identifiers tell is little, and
-- is asked for whole.
with components as (

    select
        components.*,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id

),

overrides as (

    select distinct
        line,
        cast(decided_on as timestamp) as decided_at,
        decided_by
    from {{ ref('int_identity_overrides') }}

),

strong_merges as (

    select
        links.linked_at as merged_at,
        customers.customer_id,
        'united' as decision,
        links.left_type as left_identifier_type,
        links.left_identifier,
        links.right_type as right_identifier_type,
        links.right_identifier,
        links.evidence,
        cast(null as timestamp) as parted_at,
        cast(null as bigint) as override_line,
        links.source_system,
        links.source_record_id
    from {{ ref('int_identity_merges') }} as links
    inner join {{ ref('int_customers') }} as customers on links.component_id = customers.component_id

),

-- Links that were there and do not count (any more), each with the customer of its left end. What a platform says and
-- somebody has written down as well is one link, as old as the first of them.
parted_links as (

    select
        links.linked_at as merged_at,
        components.customer_id,
        case when links.parted_because = 'too_many_identifiers' then 'kept_apart' else 'parted' end as decision,
        links.left_type as left_identifier_type,
        links.left_identifier,
        links.right_type as right_identifier_type,
        links.right_identifier,
        links.parted_because as evidence,
        coalesce(links.corrected_at, overrides.decided_at) as parted_at,
        links.override_line,
        links.source_system,
        links.source_record_id
    from {{ ref('int_identity_links') }} as links
    inner join components
        on
            links.left_type = components.identifier_type
            and links.left_identifier = components.identifier
            and links.left_starts_at is not distinct from components.starts_at
    left join overrides on links.override_line = overrides.line
    where links.parted_because is not null
    qualify row_number() over (
        partition by
            components.customer_id,
            links.left_type,
            links.left_identifier,
            links.right_type,
            links.right_identifier,
            links.parted_because
        order by links.linked_at nulls last, links.evidence = 'override', links.source_system, links.source_record_id
    ) = 1

),

-- Identifiers that went from one person to the next: parted from themselves, so to speak.
passed_on as (

    select
        first_seen_at as merged_at,
        customer_id,
        'parted' as decision,
        identifier_type as left_identifier_type,
        identifier as left_identifier,
        identifier_type as right_identifier_type,
        identifier as right_identifier,
        'passed_on' as evidence,
        ends_at as parted_at,
        cast(null as bigint) as override_line,
        cast(null as varchar) as source_system,
        identifier as source_record_id
    from components
    where ends_at is not null

),

recognitions as (

    select * from (
        select
            *,
            user_pseudo_id as left_identifier
        from {{ ref('int_identity_recognitions') }}
    ) as sightings
    where user_pseudo_id is not null and {{ is_affected('left_identifier', of='sightings') }}

),

devices as (

    select * from (
        select
            *,
            user_pseudo_id as left_identifier
        from {{ ref('int_identity_devices') }}
    ) as all_devices
    where {{ is_affected('left_identifier', of='all_devices') }}

),

-- Where a device told who sits there: the first time for each person that it told.
identified as (

    select
        recognitions.first_seen_at as merged_at,
        customers.customer_id,
        case
            when recognitions.override_line is not null then 'parted'
            when devices.is_shared then 'kept_apart'
            else 'united'
        end as decision,
        'device' as left_identifier_type,
        recognitions.user_pseudo_id as left_identifier,
        recognitions.identifier_type as right_identifier_type,
        recognitions.identifier as right_identifier,
        case
            when recognitions.override_line is not null then 'override_unlink'
            when devices.blocked_by is not null then 'override_block'
            when devices.is_counter then 'too_many_people'
            when devices.is_shared then 'shared_device'
            else 'identified_on_device'
        end as evidence,
        coalesce(recognitions.override_line, devices.blocked_by) as override_line,
        recognitions.source_system,
        recognitions.first_record_id as source_record_id
    from recognitions
    inner join {{ ref('int_customers') }} as customers on recognitions.component_id = customers.component_id
    left join devices on recognitions.user_pseudo_id = devices.user_pseudo_id
    qualify row_number() over (
        partition by recognitions.user_pseudo_id, customers.customer_id, recognitions.override_line is null
        order by recognitions.first_seen_at, recognitions.first_record_id, recognitions.identifier
    ) = 1

),

-- A device that a person gave somebody and that nobody was ever recognised on.
given_devices as (

    select
        overrides.decided_at as merged_at,
        customers.customer_id,
        'united' as decision,
        'device' as left_identifier_type,
        devices.user_pseudo_id as left_identifier,
        components.identifier_type as right_identifier_type,
        components.identifier as right_identifier,
        'override' as evidence,
        devices.given_by as override_line
    from devices
    inner join overrides on devices.given_by = overrides.line
    inner join {{ ref('int_customers') }} as customers on devices.given_component_id = customers.component_id
    inner join {{ ref('int_identity_overrides') }} as lines
        on devices.given_by = lines.line and lines.identifier_type = 'device'
    inner join components
        on
            lines.other_type = components.identifier_type
            and lines.other_identifier = components.identifier
            and components.ends_at is null
    left join identified
        on
            devices.user_pseudo_id = identified.left_identifier
            and customers.customer_id = identified.customer_id
            and identified.decision = 'united'
    where not devices.is_shared and identified.customer_id is null

),

final as (

    select * from strong_merges
    union all
    select * from parted_links
    union all
    select * from passed_on
    union all
    select
        identified.merged_at,
        identified.customer_id,
        identified.decision,
        identified.left_identifier_type,
        identified.left_identifier,
        identified.right_identifier_type,
        identified.right_identifier,
        identified.evidence,
        overrides.decided_at as parted_at,
        identified.override_line,
        identified.source_system,
        identified.source_record_id
    from identified
    left join overrides on identified.override_line = overrides.line
    union all
    select
        merged_at,
        customer_id,
        decision,
        left_identifier_type,
        left_identifier,
        right_identifier_type,
        right_identifier,
        evidence,
        cast(null as timestamp) as parted_at,
        override_line,
        'identity_overrides' as source_system,
        'identity_overrides/' || cast(override_line as varchar) as source_record_id
    from given_devices

)

select
    merged_at,
    customer_id,
    decision,
    left_identifier_type,
    left_identifier,
    right_identifier_type,
    right_identifier,
    evidence,
    parted_at,
    override_line,
    source_system,
    source_record_id
from final
