-- The links that made persons of strong identifiers: of all links of a person the earliest that connect them all.
with recursive components as (

    select
        nodes.node_id,
        persons.component_id,
        row_number() over (
            partition by persons.component_id
            order by
                persons.first_seen_at nulls last,
                persons.identifier_type,
                persons.identifier,
                persons.starts_at nulls first
        ) = 1 as is_first
    from {{ ref('int_identity_components') }} as persons
    inner join {{ ref('int_identity_nodes') }} as nodes
        on {{ equal_in(['identifier_type', 'identifier', 'starts_at'], 'persons', 'nodes') }}

),

links as (

    select
        links.*,
        nodes.component_id,
        row_number() over (
            order by
                links.linked_at nulls last,
                links.left_type,
                links.left_identifier,
                links.right_type,
                links.right_identifier,
                links.evidence = 'override'
        ) as link_order
    from {{ ref('int_identity_links') }} as links
    inner join components as nodes on links.left_node_id = nodes.node_id
    where links.parted_because is null

),

{{ spanning_forest('components', 'links') }}

select
    links.component_id,
    links.left_type,
    links.left_identifier,
    links.right_type,
    links.right_identifier,
    links.linked_at,
    links.evidence,
    links.source_system,
    links.source_record_id
from forest
inner join links on forest.link_order = links.link_order
