-- A day of the flat table as the rows of GA4's export; a column that is left out is null.
with flat as (

    select
        *,
        hash(event_timestamp, user_pseudo_id, event_name) as draw,
        medium in ('paid_social', 'email', 'affiliate') as is_tagged,
        'https://loja.example.com.br/' as shop,
        -- One product in five is one of ten colours.
        case
            when draw % 500 < 400 then 'p/' || draw % 500
            else 'p/' || 10 + draw % 500 // 10 % 10 || '/cor/' || 100 + draw % 10
        end as product
    from read_parquet(getvariable('file'), hive_partitioning = false)

),

located as (

    select
        *,
        shop || case
            when gclid is not null then product || '?gclid=' || gclid
            when is_tagged then 'l/' || draw % 40 || '?utm_source=' || source || '&utm_medium=' || medium || '&utm_campaign='
                || replace(campaign, ' ', '+') || case when source = 'facebook' then '&fbclid=IwAR' || md5(cast(draw as varchar)) else '' end
            when event_name in ('add_to_cart', 'begin_checkout', 'purchase') then 'carrinho'
            else product
        end as page_location,
        case
            when gclid is not null or is_tagged then null
            when medium = 'organic' then 'https://www.google.com/'
            when medium = 'video' then 'https://www.youtube.com/'
            when medium = 'referral' then 'https://' || source || '/post/' || draw % 90
            when draw % 3 > 0 then shop || 'p/' || draw % 499
        end as page_referrer
    from flat

)

select
    strftime(getvariable('day'), '%Y%m%d') as event_date,
    event_timestamp,
    event_name,
    list_filter([
        text_parameter('page_location', page_location),
        text_parameter('page_title', 'Produto ' || draw % 500),
        number_parameter('ga_session_id', ga_session_id),
        number_parameter('ga_session_number', case when ga_session_id is not null then 1 + cast(draw % 4 as bigint) end),
        number_parameter('engagement_time_msec', case when event_name <> 'session_start' then cast(draw % 60000 as bigint) end),
        text_parameter('page_referrer', page_referrer),
        text_parameter('session_engaged', '1'),
        text_parameter('email_sha256', email_sha256),
        text_parameter('currency', case when revenue is not null then 'BRL' end),
        text_parameter('transaction_id', transaction_id)
    ], lambda held: held is not null) as event_params,
    cast(draw % 1000000007 as bigint) as event_bundle_sequence_id,
    cast(draw % 20 as bigint) as batch_event_index,
    cast(event_timestamp // 1000 as bigint) as batch_page_id,
    1 as batch_ordering_id,
    user_id,
    user_pseudo_id,
    {
        'analytics_storage': case when user_pseudo_id is null then 'No' else 'Yes' end, 'ads_storage': 'Yes', 'uses_transient_token': 'No'
    } as privacy_info,
    [] as user_properties,
    {
        'category': case when draw % 10 < 6 then 'mobile' when draw % 10 < 9 then 'desktop' else 'tablet' end,
        'operating_system': case when draw % 10 < 6 then 'Android' else 'Windows' end, 'language': 'pt-br',
        'web_info': {'browser': 'Chrome', 'hostname': 'loja.example.com.br'}
    } as device,
    {'country': 'Brazil', 'region': 'State of Sao Paulo', 'city': 'Cidade ' || draw % 60} as geo,
    case when is_tagged or gclid is not null then {
        'manual_source': case when is_tagged then source end, 'manual_medium': case when is_tagged then medium end,
        'manual_campaign_name': campaign, 'gclid': gclid
    } end as collected_traffic_source,
    '4242' as stream_id,
    'WEB' as platform,
    case when transaction_id is not null then {'transaction_id': transaction_id, 'purchase_revenue': revenue} end as ecommerce,
    true as is_active_user,
    'daily' as table_kind
from located
order by event_timestamp, event_name, user_pseudo_id, event_bundle_sequence_id, batch_event_index
