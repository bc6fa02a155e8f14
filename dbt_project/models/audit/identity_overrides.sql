with lines as (

    select * from {{ source('landing', 'identity_overrides') }}

),

known as (

    select
        identifier_type,
        identifier
    from {{ ref('int_identity_nodes') }}
    union
    select
        'device' as identifier_type,
        user_pseudo_id as identifier
    from {{ ref('int_identity_sightings') }}
    where user_pseudo_id in (
        select lines.left_identifier from lines
        union all
        select lines.right_identifier from lines
    )

),

components as (

    select
        identifier_type,
        identifier,
        component_id
    from {{ ref('int_identity_components') }}
    where ends_at is null

),

compared as (

    select
        lines.*,
        left_known.identifier is not null
        and (lines.action = 'block' or right_known.identifier is not null) as is_known,
        coalesce(left_components.component_id = right_components.component_id, false) as is_one_person,
        coalesce(left_components.component_id, right_components.component_id) as component_id
    from lines
    left join known as left_known
        on lines.left_type = left_known.identifier_type and lines.left_identifier = left_known.identifier
    left join known as right_known
        on lines.right_type = right_known.identifier_type and lines.right_identifier = right_known.identifier
    left join components as left_components
        on lines.left_type = left_components.identifier_type and lines.left_identifier = left_components.identifier
    left join components as right_components
        on lines.right_type = right_components.identifier_type and lines.right_identifier = right_components.identifier

),

-- A device is one person's where no visit on it is another's.
devices as (

    select
        compared.line,
        bool_or(sessions.component_id is not distinct from compared.component_id) as has_session
    from compared
    inner join {{ ref('int_identity_sessions') }} as sessions
        on sessions.user_pseudo_id = case
            when compared.left_type = 'device' then compared.left_identifier
            when compared.right_type = 'device' then compared.right_identifier
        end
    where compared.action <> 'block'
    group by compared.line

),

decided as (

    select
        compared.line,
        compared.action,
        compared.left_type as left_identifier_type,
        compared.left_identifier,
        compared.right_type as right_identifier_type,
        compared.right_identifier,
        compared.decided_by,
        compared.decided_on,
        compared.reason,
        case
            when not compared.is_known then 'unknown_identifier'
            when compared.action = 'unlink' and (compared.is_one_person or coalesce(devices.has_session, false))
                then 'still_united'
            when compared.action = 'link' and not (compared.is_one_person or coalesce(devices.has_session, false))
                then 'no_effect'
            else 'applied'
        end as status
    from compared
    left join devices on compared.line = devices.line

)

select
    line,
    action,
    left_identifier_type,
    left_identifier,
    right_identifier_type,
    right_identifier,
    decided_by,
    decided_on,
    reason,
    status
from decided
