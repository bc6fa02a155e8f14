{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='session_id',
    meta={'affected_by': 'session_id', 'tells': ['customer_id', 'user_pseudo_id']},
    pre_hook="{{ note_affected('session_id', affected_session_customers()) }}"
) }}

with sessions as (

    {{ found_rows(ref('int_identity_sessions'), is_affected('session_id', of='found')) }}

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

-- Nobody was told: the device is a customer of its own. A counter has told people apart already, and its name may be
-- the first one's, so its other visits are called otherwise.
called as (

    select
        *,
        case when evidence = 'anonymous_device' then 'device:' else 'counter:' end || user_pseudo_id as called_by
    from sessions
    where component_id is null

),

of_a_device as (

    select
        * exclude (called_by),
        {{ hashed_id(['called_by']) }} as customer_id
    from called

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
