-- The advertising side: 200 ads in 40 campaigns of two accounts, the clicks of the visits, and what each ad cost a day.
create or replace temp table clicks as
select
    date '1970-01-01' + cast(day_number as integer) as segments_date,
    gclid,
    ad,
    campaign,
    category,
    case when campaign % 2 = 0 then '1111111111' else '2222222222' end as account
from visits
where gclid is not null and not is_same_click and day_number between getvariable('first_day_number') and getvariable('last_day_number');

create or replace temp table ads as
select
    ad,
    ad // 5 as campaign,
    case when ad // 5 % 2 = 0 then '1111111111' else '2222222222' end as account
from range(200) as numbers (ad);

create or replace temp table days as
select date '1970-01-01' + cast(number as integer) as day from range(getvariable('first_day_number'), getvariable('last_day_number') + 1) as numbers (number);

create or replace temp table google_ads__click_view as
select
    account,
    segments_date as dt,
    segments_date,
    gclid as click_view_gclid,
    'customers/' || account || '/adGroupAds/' || 7000 + campaign || '~' || 90000 + ad as click_view_ad_group_ad,
    'loja ' || ad as click_view_keyword_info_text,
    'PHRASE' as click_view_keyword_info_match_type,
    1 as click_view_page_number,
    5000 + campaign as campaign_id,
    7000 + campaign as ad_group_id,
    'SEARCH' as segments_ad_network_type,
    upper(category) as segments_device
from clicks;

-- Some clicks never reach the site: the platform counts one in eight more than the visits know of.
create or replace temp table google_ads__ad_performance as
with counted as (

    select
        ads.*,
        days.day,
        count(clicks.ad) as reached,
        count(clicks.ad) * 8 // 7 as billed
    from days
    cross join ads
    left join clicks on days.day = clicks.segments_date and ads.ad = clicks.ad
    group by all

)

select
    account,
    day as dt,
    day as segments_date,
    'MOBILE' as segments_device,
    'SEARCH' as segments_ad_network_type,
    5000 + campaign as campaign_id,
    7000 + campaign as ad_group_id,
    90000 + ad as ad_group_ad_ad_id,
    40 * reached + 90 as metrics_impressions,
    billed as metrics_clicks,
    billed as metrics_interactions,
    billed * (400000 + chosen(ad, hash(day), 'cost', 900000)) as metrics_cost_micros,
    0 as metrics_conversions,
    0 as metrics_conversions_value,
    0 as metrics_all_conversions,
    0 as metrics_view_through_conversions
from counted;

create or replace temp table google_ads__campaign_performance as
select
    account,
    dt,
    segments_date,
    segments_device,
    segments_ad_network_type,
    campaign_id,
    'SEARCH' as campaign_advertising_channel_type,
    sum(columns('(metrics_.*)')) as '\1'
from google_ads__ad_performance
group by all;

create or replace temp table google_ads__account_performance as
select
    account,
    dt,
    segments_date,
    cast(account as bigint) as customer_id,
    case account when '1111111111' then 'BRL' else 'USD' end as customer_currency_code,
    sum(columns('(metrics_.*)')) as '\1'
from google_ads__ad_performance
group by all;

create or replace temp table google_ads__customer as
select distinct
    account,
    (select max(day) from days) as dt,
    cast(account as bigint) as customer_id,
    'Conta ' || account as customer_descriptive_name,
    case account when '1111111111' then 'BRL' else 'USD' end as customer_currency_code,
    'America/Sao_Paulo' as customer_time_zone,
    'ENABLED' as customer_status
from ads;

create or replace temp table google_ads__campaign as
select distinct
    account,
    (select max(day) from days) as dt,
    5000 + campaign as campaign_id,
    'Campanha ' || campaign as campaign_name,
    'ENABLED' as campaign_status,
    'SEARCH' as campaign_advertising_channel_type
from ads;

create or replace temp table google_ads__ad_group as
select distinct
    account,
    (select max(day) from days) as dt,
    5000 + campaign as campaign_id,
    7000 + campaign as ad_group_id,
    'Grupo ' || campaign as ad_group_name,
    'ENABLED' as ad_group_status
from ads;

create or replace temp table google_ads__ad_group_ad as
select
    account,
    (select max(day) from days) as dt,
    5000 + campaign as campaign_id,
    7000 + campaign as ad_group_id,
    90000 + ad as ad_group_ad_ad_id,
    'Anúncio ' || ad as ad_group_ad_ad_name,
    'ENABLED' as ad_group_ad_status
from ads;

create or replace temp table exchange_rates__reference_rates as
select
    'ecb' as account,
    days.day as dt,
    days.day as rate_date,
    currencies.currency,
    cast(currencies.rate + extract(day from days.day) / 1000 as decimal(18, 6)) as rate
from days
cross join (values ('BRL', 6.1), ('USD', 1.1)) as currencies (currency, rate);
