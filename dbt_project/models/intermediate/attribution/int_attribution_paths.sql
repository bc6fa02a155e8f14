-- What Markov and Shapley need to know of the journeys: how many took each path, and how many of these converted.
select
    path,
    count(case when is_converting then 1 end) as conversions,
    count(case when not is_converting then 1 end) as non_conversions
from {{ ref('int_journey_paths') }}
where path_length > 0
group by path
