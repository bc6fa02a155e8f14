-- One person for all strong identifiers that were ever seen in one event or in one profile. Devices unite nobody.
with recursive pairs as (

    select distinct
        'user_id' as left_type,
        user_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier
    from {{ ref('int_identity_sightings') }}
    where user_id is not null and email_sha256 is not null
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'email_sha256' as right_type,
        email_sha256 as right_identifier
    from {{ ref('stg_klaviyo__profiles') }}
    where email_sha256 is not null
    union all
    select
        'klaviyo_profile' as left_type,
        profile_id as left_identifier,
        'user_id' as right_type,
        user_id as right_identifier
    from {{ ref('stg_klaviyo__profiles') }}
    where user_id is not null

),

strong_nodes as (

    select * from {{ ref('int_identity_nodes') }}
    where identifier_type <> 'device'

),

edges as (

    select
        left_nodes.node_id as left_node_id,
        right_nodes.node_id as right_node_id
    from pairs
    inner join strong_nodes as left_nodes
        on pairs.left_type = left_nodes.identifier_type and pairs.left_identifier = left_nodes.identifier
    inner join strong_nodes as right_nodes
        on pairs.right_type = right_nodes.identifier_type and pairs.right_identifier = right_nodes.identifier

),

{{ connected_components('strong_nodes', 'edges') }}

select
    strong_nodes.node_id,
    strong_nodes.identifier_type,
    strong_nodes.identifier,
    strong_nodes.first_seen_at,
    strong_nodes.is_seen_on_site,
    components.component_id
from strong_nodes
inner join components on strong_nodes.node_id = components.node_id
