with components as (

    select
        components.*,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id

),

strong_merges as (

    select
        links.linked_at as merged_at,
        components.customer_id,
        'united' as decision,
        links.left_type as left_identifier_type,
        links.left_identifier,
        links.right_type as right_identifier_type,
        links.right_identifier,
        links.evidence,
        links.source_system,
        links.source_record_id
    from {{ ref('int_identity_merges') }} as links
    inner join components
        on links.left_type = components.identifier_type and links.left_identifier = components.identifier

),

shared_devices as (

    select
        user_pseudo_id,
        bool_or(is_shared) as is_shared
    from {{ ref('int_identity_sessions') }}
    group by user_pseudo_id

),

-- Where a device told who sits there: the first time for each person that it told.
identified as (

    select
        sightings.first_seen_at as merged_at,
        components.customer_id,
        'device' as left_identifier_type,
        sightings.user_pseudo_id as left_identifier,
        components.identifier_type as right_identifier_type,
        components.identifier as right_identifier,
        shared_devices.is_shared,
        sightings.source_system,
        sightings.first_record_id as source_record_id
    from {{ ref('int_identity_sightings') }} as sightings
    inner join shared_devices on sightings.user_pseudo_id = shared_devices.user_pseudo_id
    inner join components
        on
            components.identifier_type = case when sightings.user_id is null then 'email_sha256' else 'user_id' end
            and components.identifier = coalesce(sightings.user_id, sightings.email_sha256)
    qualify row_number() over (
        partition by sightings.user_pseudo_id, components.customer_id
        order by sightings.first_seen_at, sightings.first_record_id
    ) = 1

),

-- A device of several people unites nobody: each of them is written down as kept apart from it.
device_decisions as (

    select
        merged_at,
        customer_id,
        case when is_shared then 'kept_apart' else 'united' end as decision,
        left_identifier_type,
        left_identifier,
        right_identifier_type,
        right_identifier,
        case when is_shared then 'shared_device' else 'identified_on_device' end as evidence,
        source_system,
        source_record_id
    from identified

),

final as (

    select * from strong_merges
    union all
    select * from device_decisions

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
    source_system,
    source_record_id
from final
