{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['line', 'is_as_written'],
    meta={'tells': ['identifier_type', 'identifier']}
) }}

-- Decisions of people about identifiers, as the override file has them. Devices are tied to persons by what was seen on
-- them, so a line about a device is its own case.
with lines as (

    select * from {{ source('landing', 'identity_overrides') }}

),

-- Read from either side; the sides of `block` are one.
sides as (

    select
        line,
        action,
        left_type as identifier_type,
        left_identifier as identifier,
        right_type as other_type,
        right_identifier as other_identifier,
        true as is_as_written,
        decided_by,
        decided_on,
        reason
    from lines
    union all
    select
        line,
        action,
        right_type as identifier_type,
        right_identifier as identifier,
        left_type as other_type,
        left_identifier as other_identifier,
        false as is_as_written,
        decided_by,
        decided_on,
        reason
    from lines
    where action <> 'block'

)

select * from sides
