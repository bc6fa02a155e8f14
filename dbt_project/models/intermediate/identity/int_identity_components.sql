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
        left_node_id,
        right_node_id
    from links
    where parted_because is null

),

{{ connected_components('strong_nodes', 'edges') }}

select
    strong_nodes.node_id,
    strong_nodes.identifier_type,
    strong_nodes.identifier,
    strong_nodes.starts_at,
    strong_nodes.ends_at,
    strong_nodes.first_seen_at,
    strong_nodes.is_seen_on_site,
    strong_nodes.is_seen_in_files,
    strong_nodes.is_seen_in_profiles,
    strong_nodes.hub_reason,
    -- Numbers are this build's; a person is called by the first of its identifiers, which is the same in every build.
    concat_ws(
        ':', first_nodes.identifier_type, first_nodes.identifier, cast(first_nodes.starts_at as varchar)
    ) as component_id
from strong_nodes
inner join components on strong_nodes.node_id = components.node_id
inner join strong_nodes as first_nodes on components.component_id = first_nodes.node_id
