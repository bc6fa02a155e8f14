-- One row per visit: who, when, from where, and what will happen in it. Everything follows from hashes of two numbers.
create or replace temp table visits as
with devices as (

    -- On the day after two in five visits are of devices that were there before; the others have numbers of their own.
    select distinct
        case
            when not getvariable('nightly') then number
            when chosen(number, 90, 'returns', 5) < 2 then chosen(number, 90, 'device', getvariable('devices'))
            else 1000000000 + number
        end as device
    from range(case when getvariable('nightly') then getvariable('devices') // 4 else getvariable('devices') end) as numbers (number)

),

owned as (

    -- 180 devices belong to 26 users with one or two each and to 141 people who never log in.
    select
        device,
        case when device % 180 < 39 then device // 180 * 26 + device % 180 * 2 // 3 end as owner,
        case chosen(device, 0, 'visits', 20)
            when 0 then 5 when 1 then 5 when 2 then 4 when 3 then 4 when 4 then 3 when 5 then 3 when 6 then 3
            when 7 then 2 when 8 then 2 when 9 then 2 when 10 then 2 when 11 then 2
            else 1
        end as visit_count
    from devices

),

opened as (

    select
        device,
        owner,
        unnest(case when getvariable('nightly') then [90] else range(visit_count) end) as visit
    from owned

),

described as (

    select
        device,
        visit,
        -- One device in 200 is used by two people in turn. New devices are of users whom the smallest set has too.
        case
            when owner is null then null
            when device >= 1000000000 then chosen(device, 0, 'user', getvariable('devices') // 180 * 26)
            when chosen(device, 0, 'shared', 200) = 0 and visit % 2 = 1 then chosen(device, 0, 'other', getvariable('devices') // 180) * 26 + 1
            else owner
        end as person,
        1767236400000000 + (case when getvariable('nightly') then getvariable('day_count') * 86400000000 else 0 end)
        + chosen(device, visit, 'start', case when getvariable('nightly') then 86000000000 else getvariable('day_count') * 86400000000 end) as started,
        chosen(device, 0, 'consent', 100) < 97 as has_consent,
        -- One device in twenty is a till of the shop's, which numbers these, their visits and their sales.
        device < 1000000000 and device % 2000 < 100 as is_till,
        chosen(device, 0, 'session ids', 100) < 90 as has_session_id,
        chosen(device, visit, 'buys', 1000) < 74 as buys,
        chosen(device, visit, 'logs in', 10) < 4 as may_log_in,
        chosen(device, visit, 'from', 1000) as origin,
        chosen(device, visit, 'ad', 200) as ad,
        case when visit > 0 and chosen(device, visit, 'click again', 30) = 0 then 0 else visit end as click_of_visit,
        chosen(device, 0, 'category', 10) as category
    from opened

)

select
    device,
    visit,
    person,
    started,
    (started - 10800000000) // 86400000000 as day_number,
    has_consent,
    is_till,
    case when has_session_id and has_consent then case when is_till then visit + 1 else started // 1000000 end end as ga_session_id,
    buys,
    person is not null and has_consent and (buys or may_log_in) as logs_in,
    case
        when origin < 222 then 'google_ads'
        when origin < 520 then 'search'
        when origin < 690 then 'direct'
        when origin < 810 then 'meta_ads'
        when origin < 910 then 'email'
        when origin < 950 then 'referral'
        when origin < 980 then 'video'
        else 'affiliate'
    end as origin,
    ad,
    ad // 5 as campaign,
    case when origin < 222 then 'Cj0KCQ' || md5(device || '-' || click_of_visit) || left(md5(click_of_visit || '-' || device), 20) end as gclid,
    click_of_visit <> visit as is_same_click,
    case when category < 6 then 'mobile' when category < 9 then 'desktop' else 'tablet' end as category,
    case
        when device % 90000 = 7 and visit = 0 then 600
        when buys then 6 + chosen(device, visit, 'length', 7)
        when chosen(device, visit, 'bounces', 100) < 24 then 1
        else 2 + chosen(device, visit, 'length', 8)
    end as event_count
from described
order by day_number, device, visit;
