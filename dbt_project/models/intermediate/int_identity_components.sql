-- One person for all strong identifiers that were ever seen in one event or in one profile. Devices unite nobody.
with recursive links as (

    select * from {{ ref('int_identity_links') }}

),

strong_nodes as (

    select * from {{ ref('int_identity_nodes') }}
    where identifier_type <> 'device'

),

edges as (

    select
        left_nodes.node_id as left_node_id,
        right_nodes.node_id as right_node_id
    from links
    inner join strong_nodes as left_nodes
        on links.left_type = left_nodes.identifier_type and links.left_identifier = left_nodes.identifier
    inner join strong_nodes as right_nodes
        on links.right_type = right_nodes.identifier_type and links.right_identifier = right_nodes.identifier

),

{{ connected_components('strong_nodes', 'edges') }}

select
    strong_nodes.node_id,
    strong_nodes.identifier_type,
    strong_nodes.identifier,
    strong_nodes.first_seen_at,
    strong_nodes.is_seen_on_site,
    strong_nodes.is_seen_in_files,
    strong_nodes.is_seen_in_profiles,
    -- Numbers are this build's; a person is called by the first of its identifiers, which is the same in every build.
    first_nodes.identifier_type || ':' || first_nodes.identifier as component_id
from strong_nodes
inner join components on strong_nodes.node_id = components.node_id
inner join strong_nodes as first_nodes on components.component_id = first_nodes.node_id
