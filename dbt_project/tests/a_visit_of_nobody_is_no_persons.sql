-- A device that told nobody is a customer of its own: no person has its name.
select session_id
from {{ ref('int_session_customers') }}
where
    evidence in ('anonymous_device', 'counter_nobody')
    and customer_id in (select customers.customer_id from {{ ref('int_customers') }} as customers)
