{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='conversion_id',
    meta={'affected_by': 'conversion_id'},
    pre_hook="{{ note_affected('conversion_id', 'select conversion_id from changes.int_conversions') }}"
) }}

select
    conversion_id,
    customer_id,
    journey_id,
    conversion_type,
    converted_at,
    converted_date,
    transaction_id,
    gross_value,
    refunded_value,
    net_value,
    '{{ var("reporting_currency") }}' as currency,
    original_value,
    original_currency,
    is_new_customer
from {{ ref('int_conversions') }} as conversions
where {{ is_affected('conversion_id', of='conversions') }}
