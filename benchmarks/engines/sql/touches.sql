-- Touches have no common name; as many of each kind, moment and place in the journey on both sides.
with both_sides as (

    select session_id, touchpoint_type, occurred_at, journey_number, touchpoint_number, 1 as ours, 0 as theirs from our_touches
    union all
    select session_id, touchpoint_type, occurred_at, journey_number, touchpoint_number, 0 as ours, 1 as theirs from touches

),

counted as (

    select
        sum(ours) as ours,
        sum(theirs) as theirs
    from both_sides
    group by session_id, touchpoint_type, occurred_at, journey_number, touchpoint_number

)

select
    sum(greatest(ours, theirs))::bigint as compared,
    sum(abs(ours - theirs))::bigint as different
from counted
