{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'tells': ['session_id', 'customer_id']}
) }}

with sessions as (

    select * from {{ ref('int_identity_sessions') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

of_a_person as (

    select
        sessions.*,
        customers.customer_id
    from sessions
    inner join customers on sessions.component_id = customers.component_id

),

of_a_device as (

    select
        sessions.*,
        customers.customer_id
    from sessions
    inner join customers on sessions.user_pseudo_id = customers.anonymous_device
    where sessions.component_id is null

),

named as (

    select * from of_a_person
    union all
    select * from of_a_device

)

select
    session_id,
    user_pseudo_id,
    started_at,
    ended_at,
    is_shared,
    evidence,
    customer_id
from named
