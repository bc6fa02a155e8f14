{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['identifier_type', 'identifier', 'starts_at'],
    meta={'tells': ['identifier_type', 'identifier', 'component_id']}
) }}

-- One person for all strong identifiers that were ever seen in one event or in one profile. Devices unite nobody.
with recursive links as (

    select * from {{ ref('int_identity_links') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

edges as (

    select
        left_node_id,
        right_node_id
    from links
    where parted_because is null

),

{{ connected_components('nodes', 'edges') }}

select
    nodes.identifier_type,
    nodes.identifier,
    nodes.starts_at,
    nodes.ends_at,
    nodes.first_seen_at,
    nodes.is_seen_on_site,
    nodes.is_seen_in_files,
    nodes.is_seen_in_profiles,
    nodes.hub_reason,
    -- Numbers are this build's, so they stay in it: a person is called by the first of its identifiers.
    concat_ws(
        ':', first_nodes.identifier_type, first_nodes.identifier, cast(first_nodes.starts_at as varchar)
    ) as component_id
from nodes
inner join components on nodes.node_id = components.node_id
inner join nodes as first_nodes on components.component_id = first_nodes.node_id
