-- When an identifier passed from one person to the next: who had it before had moved on to another one, was never seen
-- with it again, and then somebody else came with it. Without such a move the two are one person with two identifiers.
with recursive hubs as (

    select * from {{ ref('int_identity_hubs') }}

),

pairs as (

    select
        pairs.left_identifier as user_id,
        pairs.right_identifier as email_sha256,
        pairs.linked_at,
        pairs.last_linked_at
    from {{ ref('int_identity_pairs') }} as pairs
    left join hubs as users
        on pairs.left_type = users.identifier_type and pairs.left_identifier = users.identifier
    left join hubs as addresses
        on pairs.right_type = addresses.identifier_type and pairs.right_identifier = addresses.identifier
    where
        pairs.left_type = 'user_id'
        and pairs.linked_at is not null
        and users.identifier is null
        and addresses.identifier is null

),

holders as (

    select
        'user_id' as identifier_type,
        user_id as identifier,
        email_sha256 as holder,
        linked_at,
        last_linked_at
    from pairs
    union all
    select
        'email_sha256' as identifier_type,
        email_sha256 as identifier,
        user_id as holder,
        linked_at,
        last_linked_at
    from pairs

),

-- In the order in which they came with it: who is known with one alone can neither pass it on nor have it passed on.
successions as (

    select
        *,
        row_number() over (partition by identifier_type, identifier order by linked_at, holder) as place,
        max(last_linked_at) over (
            partition by identifier_type, identifier
            order by linked_at, holder
            rows between unbounded preceding and 1 preceding
        ) as anybody_until
    from holders
    qualify count(*) over (partition by identifier_type, identifier) > 1

),

-- Before whom one of those who had it had moved, come with something else since anybody was last seen with it; the last
-- of them who did.
moves as (

    select
        successions.identifier_type,
        successions.identifier,
        successions.place,
        max(movers.place) as mover_place
    from successions
    inner join successions as movers
        on
            successions.identifier_type = movers.identifier_type
            and successions.identifier = movers.identifier
            and successions.place > movers.place
    inner join holders as moved
        on
            movers.holder = moved.identifier
            and movers.identifier_type <> moved.identifier_type
            and movers.identifier <> moved.holder
            and successions.anybody_until < moved.linked_at
            and successions.linked_at > moved.linked_at
    where
        successions.identifier_type = 'email_sha256'
        -- Who comes with a new address has changed it; only with one that others had may it be somebody else.
        or exists (
            select 1 from pairs as others
            where
                others.email_sha256 = successions.holder
                and others.user_id <> successions.identifier
                and others.linked_at < successions.linked_at
        )
    group by successions.identifier_type, successions.identifier, successions.place

),

steps as (

    select
        successions.identifier_type,
        successions.identifier,
        successions.place,
        successions.linked_at,
        moves.mover_place
    from successions
    left join moves
        on {{ equal_in(['identifier_type', 'identifier', 'place'], 'successions', 'moves') }}

),

-- Those who had it since it last passed on are one person, and it passes on when one of these has moved. As many rounds
-- as an identifier has holders: who has more than a few is a hub.
turns as (

    select
        *,
        place as turn_place
    from steps
    where place = 1
    union all
    select
        steps.*,
        case when steps.mover_place >= turns.turn_place then steps.place else turns.turn_place end as turn_place
    from turns
    inner join steps
        on
            turns.identifier_type = steps.identifier_type
            and turns.identifier = steps.identifier
            and turns.place + 1 = steps.place

),

passed_on as (

    select
        identifier_type,
        identifier,
        linked_at as passed_at
    from turns
    where place > 1 and place = turn_place

),

starts as (

    select
        identifier_type,
        identifier,
        cast(null as timestamp) as starts_at
    from passed_on
    group by identifier_type, identifier
    union all
    select
        identifier_type,
        identifier,
        passed_at as starts_at
    from passed_on

)

select
    identifier_type,
    identifier,
    starts_at,
    lead(starts_at) over (partition by identifier_type, identifier order by starts_at nulls first) as ends_at
from starts
