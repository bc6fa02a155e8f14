{#
  Connected components of an undirected graph: every node with the smallest node id that it is connected to.
  `nodes` (node_id) and `edges` (left_node_id, right_node_id; one direction is enough) are relations or CTE names.
  The macro gives the CTE `components` (node_id, component_id) and has to come first in the model's `with recursive`.

  DuckDB: recursion with USING KEY keeps one row a node, so each round costs what it changes
  (https://duckdb.org/docs/stable/sql/query_syntax/with).
#}
{% macro connected_components(nodes, edges) -%}
    {{ return(adapter.dispatch('connected_components')(nodes, edges)) }}
{%- endmacro %}

{% macro default__connected_components(nodes, edges) -%}
    both_directions as (

        select
            left_node_id as from_node_id,
            right_node_id as to_node_id
        from {{ edges }}
        union all
        select
            right_node_id as from_node_id,
            left_node_id as to_node_id
        from {{ edges }}

    ),

    components (node_id, component_id) using key (node_id) as (

        select
            node_id,
            node_id as component_id
        from {{ nodes }}
        union
        (
            select
                held.node_id,
                min(reached.component_id) as component_id
            from recurring.components as held
            inner join both_directions on held.node_id = both_directions.from_node_id
            inner join components as reached on both_directions.to_node_id = reached.node_id
            where reached.component_id < held.component_id
            group by held.node_id
        )

    )
{%- endmacro %}
