-- A credit of nothing need not be written down.
with theirs as (

    select * from credits
    where credit > 1e-12

)

select
    count(*) as compared,
    count(*) filter (where
        abs(coalesce(our_credits.credit, 0) - coalesce(theirs.credit, 0)) > ?
        or (our_credits.session_id is null) <> (theirs.session_id is null)
    ) as different
from our_credits
full join theirs
    on
        our_credits.conversion = theirs.conversion
        and our_credits.model = theirs.model
        and our_credits.session_id is not distinct from theirs.session_id
