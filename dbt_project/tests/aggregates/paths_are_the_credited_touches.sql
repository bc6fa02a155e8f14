-- A converting path is as long as the touches that may earn credit for its purchase are many.
with credited as (

    select
        journeys.journey_id,
        count(eligible.touchpoint_id) as touches
    from {{ ref('fct_customer_journey') }} as journeys
    left join {{ ref('int_eligible_touches') }} as eligible
        on journeys.conversion_id = eligible.conversion_id
    where journeys.touchpoint_type = '{{ var("closing_conversion") }}'
    group by journeys.journey_id

)

select
    paths.journey_id,
    paths.path_length,
    credited.touches
from {{ ref('int_journey_paths') }} as paths
full join credited on paths.journey_id = credited.journey_id
where (paths.is_converting or credited.journey_id is not null) and paths.path_length is distinct from credited.touches
