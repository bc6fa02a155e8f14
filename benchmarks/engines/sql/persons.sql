-- The same partition of the sessions: each of our persons is one of theirs and the other way round.
with pairs as (

    select
        our_sessions.person as ours,
        sessions.person as theirs
    from our_sessions
    inner join sessions on our_sessions.session_id = sessions.session_id
    group by all

)

select
    count(distinct ours) as compared,
    2 * count(*) - count(distinct ours) - count(distinct theirs) as different
from pairs
