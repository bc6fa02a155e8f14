-- A customer of n identifiers, shared devices aside, was united by n - 1 links, all of them its own.
with identifiers as (

    select
        customer_id,
        count(distinct concat_ws(':', identifier_type, identifier, cast(valid_to as varchar))) as identifiers
    from {{ ref('dim_identities') }}
    where
        evidence not in (
            'identified_in_session',
            'shared_device_last_person',
            'shared_device_next_person',
            'shared_device_override',
            'counter_nobody'
        )
    group by customer_id

),

links as (

    select
        customer_id,
        count(*) as links
    from {{ ref('identity_merges') }}
    where decision = 'united'
    group by customer_id

)

select
    coalesce(identifiers.customer_id, links.customer_id) as customer_id,
    identifiers.identifiers,
    links.links
from identifiers
full join links on identifiers.customer_id = links.customer_id
where coalesce(identifiers.identifiers, 1) - 1 <> coalesce(links.links, 0)
