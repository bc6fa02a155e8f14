{#
  The links that grew each connected component from its first node: a minimum spanning forest, by order of link.
  `nodes` (node_id, component_id, is_first: true once a component) and `links` (link_order, unique; left_node_id,
  right_node_id) are relations or CTE names. The macro gives the CTE `forest` (node_id, component_id, link_order; null
  for first nodes) and has to come first in the model's `with recursive`. A component of n nodes gives n - 1 links.

  DuckDB: Prim's algorithm in all components at once; each round takes one more node into each component that goes on
  (https://duckdb.org/docs/stable/sql/query_syntax/with, recursion with USING KEY).
#}
{% macro spanning_forest(nodes, links) -%}
    {{ return(adapter.dispatch('spanning_forest')(nodes, links)) }}
{%- endmacro %}

{% macro default__spanning_forest(nodes, links) -%}
    link_ends as (

        select
            link_order,
            left_node_id as from_node_id,
            right_node_id as to_node_id
        from {{ links }}
        union all
        select
            link_order,
            right_node_id as from_node_id,
            left_node_id as to_node_id
        from {{ links }}

    ),

    forest (node_id, component_id, link_order) using key (node_id) as (

        select
            node_id,
            component_id,
            cast(null as bigint) as link_order
        from {{ nodes }}
        where is_first
        union
        (
            select
                link_ends.to_node_id as node_id,
                held.component_id,
                link_ends.link_order
            from forest as grown
            inner join recurring.forest as held on grown.component_id = held.component_id
            inner join link_ends on held.node_id = link_ends.from_node_id
            left join recurring.forest as taken on link_ends.to_node_id = taken.node_id
            where taken.node_id is null
            qualify row_number() over (partition by held.component_id order by link_ends.link_order) = 1
        )

    )
{%- endmacro %}
