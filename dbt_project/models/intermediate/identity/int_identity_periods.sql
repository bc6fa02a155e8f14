-- When an identifier passed from one person to the next: who had it before had moved on to another one, was never seen
-- with it again, and then somebody else came with it. Without such a move the two are one person with two identifiers.
with hubs as (

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

successions as (

    select
        identifier_type,
        identifier,
        holder,
        linked_at,
        lag(holder) over by_time as previous_holder,
        lag(last_linked_at) over by_time as previous_until,
        max(last_linked_at) over (
            partition by identifier_type, identifier
            order by linked_at, holder
            rows between unbounded preceding and 1 preceding
        ) as anybody_until
    from holders
    window by_time as (partition by identifier_type, identifier order by linked_at, holder)

),

-- `moves` is the previous holder's life: what else it was seen with.
passed_on as (

    select distinct
        successions.identifier_type,
        successions.identifier,
        successions.linked_at as passed_at
    from successions
    inner join holders as moves
        on
            successions.previous_holder = moves.identifier
            and successions.identifier_type <> moves.identifier_type
            and successions.identifier <> moves.holder
            and successions.previous_until < moves.linked_at
            and successions.linked_at > moves.linked_at
    where
        successions.anybody_until < successions.linked_at
        -- Who comes with a new address has changed it; only with one that others had may it be somebody else.
        and (
            successions.identifier_type = 'email_sha256'
            or exists (
                select 1 from pairs as others
                where
                    others.email_sha256 = successions.holder
                    and others.user_id <> successions.identifier
                    and others.linked_at < successions.linked_at
            )
        )

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
