-- Journeys of a customer, and touches of a journey, are numbered without gaps; a purchase ends its journey. That no
-- number comes twice in a journey, `unique_together` tells; ids are compared as numbers, which differ where they do.
with touches as (

    select
        {{ content_number(['customer_id']) }} as customer_number,
        {{ content_number(['journey_id', 'customer_id']) }} as journey_and_customer,
        journey_number,
        touchpoint_number,
        touchpoints_in_journey,
        is_first_touch,
        is_last_touch,
        touchpoint_type = '{{ var("closing_conversion") }}' as is_closing
    from {{ ref('fct_customer_journey') }}

),

journeys as (

    select
        journey_and_customer,
        min(customer_number) as customer_number,
        min(journey_number) as journey_number,
        max(journey_number) as last_journey_number,
        count(*) as touches,
        max(touchpoint_number) as last_number,
        max(touchpoints_in_journey) as touches_told,
        count(*) filter (where is_first_touch) as first_touches,
        count(*) filter (where is_last_touch) as last_touches,
        count(*) filter (where is_closing and not is_last_touch) as open_closings
    from touches
    group by journey_and_customer

)

select
    journey_and_customer,
    customer_number
from journeys
where
    touches <> last_number
    or touches_told <> touches
    or journey_number <> last_journey_number
    or first_touches <> 1
    or last_touches <> 1
    or open_closings > 0

union all

select
    null as journey_and_customer,
    customer_number
from journeys
group by customer_number
having count(distinct journey_number) <> count(*) or max(journey_number) <> count(*)
