-- The warehouse in the engines' terms.
create temp table our_touches as
select
    session_id,
    touchpoint_id,
    touchpoint_type,
    epoch_us(occurred_at) as occurred_at,
    customer_id as person,
    journey_number,
    touchpoint_number,
    source,
    medium,
    channel,
    conversion_id
from ours.marts.fct_customer_journey;

create temp table our_sessions as
select * from our_touches
where touchpoint_type in ('ad_click', 'site_visit');

-- A lead has no number of its own: it is known by its session and moment.
create temp table our_conversions as
select
    conversions.conversion_id,
    coalesce(conversions.transaction_id, touches.session_id || '@' || touches.occurred_at) as conversion
from ours.marts.fct_conversions as conversions
left join our_touches as touches on conversions.conversion_id = touches.conversion_id;

create temp table our_credits as
select
    our_conversions.conversion,
    our_sessions.session_id,
    credits.model,
    credits.credit
from ours.marts.fct_attribution as credits
inner join our_conversions on credits.conversion_id = our_conversions.conversion_id
left join our_sessions on credits.touchpoint_id = our_sessions.touchpoint_id;
