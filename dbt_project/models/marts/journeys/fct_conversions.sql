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
from {{ ref('int_conversions') }}
