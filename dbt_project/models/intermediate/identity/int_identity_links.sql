-- What ties or parts strong identifiers, link by link: the edges of the identity graph, and those that do not count.
with pairs as (

    select * from {{ ref('int_identity_pairs') }}

),

overrides as (

    select * from {{ ref('int_identity_overrides') }}

),

-- Where one record ties both ends of an `unlink`, the first named leaves it.
unlinked as (

    select
        identifier_type as left_type,
        identifier as left_identifier,
        other_type as right_type,
        other_identifier as right_identifier,
        line
    from overrides
    where action = 'unlink'
    union all
    select
        leaving.left_type,
        leaving.left_identifier,
        leaving.right_type,
        leaving.right_identifier,
        overrides.line
    from overrides
    inner join pairs as leaving
        on overrides.identifier_type = leaving.right_type and overrides.identifier = leaving.right_identifier
    inner join pairs as staying
        on
            overrides.other_type = staying.right_type
            and overrides.other_identifier = staying.right_identifier
            and leaving.left_type = staying.left_type
            and leaving.left_identifier = staying.left_identifier
    where overrides.action = 'unlink' and overrides.is_as_written and leaving.left_type = 'klaviyo_profile'

),

unlinked_once as (

    select
        left_type,
        left_identifier,
        right_type,
        right_identifier,
        min(line) as line
    from unlinked
    group by left_type, left_identifier, right_type, right_identifier

),

linked as (

    select
        identifier_type as left_type,
        identifier as left_identifier,
        other_type as right_type,
        other_identifier as right_identifier,
        min(cast(decided_on as timestamp)) as linked_at,
        min(line) as line
    from overrides
    where action = 'link' and is_as_written and identifier_type <> 'device' and other_type <> 'device'
    group by identifier_type, identifier, other_type, other_identifier

),

candidates as (

    select
        pairs.left_type,
        pairs.left_identifier,
        pairs.right_type,
        pairs.right_identifier,
        pairs.linked_at,
        pairs.linked_at as told_at,
        pairs.corrected_at,
        pairs.evidence,
        pairs.source_system,
        pairs.source_record_id,
        unlinked_once.line as unlinked_by
    from pairs
    left join unlinked_once
        on
            pairs.left_type = unlinked_once.left_type
            and pairs.left_identifier = unlinked_once.left_identifier
            and pairs.right_type = unlinked_once.right_type
            and pairs.right_identifier = unlinked_once.right_identifier
    union all
    select
        left_type,
        left_identifier,
        right_type,
        right_identifier,
        linked_at,
        -- A person speaks of who has the identifier now.
        cast(null as timestamp) as told_at,
        cast(null as timestamp) as corrected_at,
        'override' as evidence,
        'identity_overrides' as source_system,
        'identity_overrides/' || cast(line as varchar) as source_record_id,
        cast(null as bigint) as unlinked_by
    from linked

),

placed as (

    select
        candidates.*,
        left_nodes.node_id as left_node_id,
        left_nodes.starts_at as left_starts_at,
        right_nodes.node_id as right_node_id,
        coalesce(left_nodes.hub_reason, right_nodes.hub_reason) as hub_reason
    from candidates
    inner join {{ ref('int_identity_nodes') }} as left_nodes
        on
            candidates.left_type = left_nodes.identifier_type
            and candidates.left_identifier = left_nodes.identifier
            and {{ held_at('left_nodes', 'candidates.told_at') }}
    inner join {{ ref('int_identity_nodes') }} as right_nodes
        on
            candidates.right_type = right_nodes.identifier_type
            and candidates.right_identifier = right_nodes.identifier
            and {{ held_at('right_nodes', 'candidates.told_at') }}

),

decided as (

    select
        * exclude (told_at, unlinked_by, hub_reason),
        coalesce(
            case when corrected_at is not null then 'corrected' end,
            case when unlinked_by is not null then 'override_unlink' end,
            hub_reason
        ) as parted_because,
        unlinked_by as override_line
    from placed

)

select * from decided
