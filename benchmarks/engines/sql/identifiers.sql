-- The same partition of user ids and addresses, none missing on either side.
with pairs as (

    select
        components.component_id as ours,
        identifiers.person as theirs
    from (select * from ours.intermediate.int_identity_components) as components
    full join identifiers
        on components.identifier_type = identifiers.identifier_type and components.identifier = identifiers.identifier

)

select
    count(*) as compared,
    count(*) filter (where ours is null or theirs is null)
    + 2 * count(distinct (ours, theirs)) - count(distinct ours) - count(distinct theirs) as different
from pairs
