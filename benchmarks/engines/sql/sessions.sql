select
    count(*) as compared,
    count(*) filter (where
        our_sessions.session_id is null
        or sessions.session_id is null
        or our_sessions.occurred_at <> sessions.started_at
        or our_sessions.source <> sessions.source
        or our_sessions.medium <> sessions.medium
        or our_sessions.channel <> sessions.channel
        or our_sessions.touchpoint_type <> sessions.arrival
    ) as different
from our_sessions
full join sessions on our_sessions.session_id = sessions.session_id
