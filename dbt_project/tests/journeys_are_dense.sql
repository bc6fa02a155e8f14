-- Journeys of a customer, and touches of a journey, are numbered without gaps; a purchase ends its journey.
select
    journey_id,
    customer_id
from {{ ref('fct_customer_journey') }}
group by journey_id, customer_id
having
    count(*) <> max(touchpoint_number)
    or count(distinct touchpoint_number) <> count(*)
    or max(touchpoints_in_journey) <> count(*)
    or count(*) filter (where is_first_touch) <> 1
    or count(*) filter (where is_last_touch) <> 1
    or count(*) filter (where touchpoint_type = '{{ var("closing_conversion") }}' and not is_last_touch) > 0

union all

select
    null as journey_id,
    customer_id
from {{ ref('fct_customer_journey') }}
group by customer_id
having count(distinct journey_number) <> max(journey_number)
