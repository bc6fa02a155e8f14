-- The events of one day (the variable day_number, counted from 1970 in the property's zone), as a flat table: 12 columns.
with day_visits as (

    -- A visit may go on after midnight.
    select * from visits
    where day_number between getvariable('day_number') - 1 and getvariable('day_number')

),

events as (

    select
        *,
        unnest(range(event_count)) as number
    from day_visits

),

timed as (

    select
        *,
        started + number * (15 + chosen(device, visit, 'pace', 60)) * 1000000 + chosen(device * 1000 + number, visit, 'jitter', 5000000) as event_timestamp,
        chosen(device * 1000 + number, visit, 'event', 1000) as draw
    from events

),

named as (

    select
        *,
        case
            when event_count = 1 then 'page_view'
            when buys and number = event_count - 1 then 'purchase'
            when buys and number = event_count - 2 then 'begin_checkout'
            when buys and number = event_count - 3 then 'add_to_cart'
            when buys and number = event_count - 4 then 'view_item'
            when number = 0 then 'session_start'
            when number = 1 then 'page_view'
            when logs_in and number = 2 then 'login'
            when draw < 360 then 'page_view'
            when draw < 580 then 'user_engagement'
            when draw < 760 then 'scroll'
            when draw < 900 then 'view_item'
            when draw < 930 then 'add_to_cart'
            when draw < 940 then 'generate_lead'
            when draw < 945 then 'chat_started'
            else 'view_promotion'
        end as event_name
    from timed
    where (event_timestamp - 10800000000) // 86400000000 = getvariable('day_number')

),

-- One event in 300 is delivered twice.
delivered as (

    select
        *,
        unnest(range(case when draw % 300 = 7 then 2 else 1 end)) as delivery
    from named

)

select
    event_timestamp,
    event_name,
    case
        when has_consent and is_till then 'lj-' || lpad(cast(device // 10 as varchar), 6, '0') || '.caixa0' || device % 10
        when has_consent then 1000000000 + device || '.' || 1767236400 + device % 86400
    end as user_pseudo_id,
    ga_session_id,
    case when logs_in and number >= 2 then 'U' || person end as user_id,
    case
        when has_consent and event_name in ('purchase', 'generate_lead')
            then sha256(coalesce('user' || person, 'guest' || device) || '@example.com')
    end as email_sha256,
    case when number <= 1 then case origin
        when 'google_ads' then 'google' when 'search' then 'google' when 'meta_ads' then 'facebook' when 'email' then 'newsletter'
        when 'referral' then 'blog.example.org' when 'video' then 'youtube' when 'affiliate' then 'partner'
    end end as source,
    case when number <= 1 then case origin
        when 'google_ads' then 'cpc' when 'search' then 'organic' when 'meta_ads' then 'paid_social' when 'email' then 'email'
        when 'referral' then 'referral' when 'video' then 'video' when 'affiliate' then 'affiliate'
    end end as medium,
    case when number <= 1 and origin in ('meta_ads', 'email', 'affiliate') then origin || ' ' || campaign end as campaign,
    case when number <= 1 then gclid end as gclid,
    case
        when event_name = 'purchase' and is_till then 'N' || lpad(cast(device // 10 as varchar), 6, '0') || '/caixa-' || device % 10 || '-' || visit
        when event_name = 'purchase' then 'T' || device || '-' || visit
    end as transaction_id,
    case when event_name = 'purchase' then cast(20 + chosen(device, visit, 'value', 50000) / 100 as decimal(18, 6)) end as revenue
from delivered
order by event_timestamp, event_name, user_pseudo_id
