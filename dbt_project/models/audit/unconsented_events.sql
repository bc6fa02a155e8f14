-- An event of a site without consent is a session of its own, and the session tells all that is counted here.
with events as (

    select
        source_record_id,
        started_at as occurred_at,
        channel,
        click_id,
        click_id_type
    from {{ ref('int_sessions') }}
    where not has_consent

),

sales as (

    select * from {{ ref('int_conversions') }}
    where customer_id is null

),

-- A click id that Google tells twice is the earlier click, as in int_ad_touches_matched.
clicks as (

    select * from {{ ref('stg_google_ads__clicks') }}
    where gclid in (select events.click_id from events)
    qualify row_number() over (partition by gclid order by click_date, account_id) = 1

),

-- Only a campaign's kind is taken from the click, to name the channel; nothing of it is kept.
click_channels as (

    select
        clicks.gclid,
        campaign_channels.channel
    from clicks
    inner join {{ ref('int_ad_campaigns') }} as campaigns
        on
            clicks.account_id = campaigns.account_id
            and clicks.campaign_id = campaigns.campaign_id
    inner join {{ ref('google_campaign_channels') }} as campaign_channels
        on campaigns.campaign_type = campaign_channels.advertising_channel_type
    where campaigns.platform = 'google_ads'

),

channelled as (

    select
        events.source_record_id,
        {{ reporting_date('events.occurred_at') }} as date,
        coalesce(click_channels.channel, events.channel) as channel,
        sales.conversion_id,
        sales.gross_value
    from events
    left join click_channels
        on events.click_id = click_channels.gclid and events.click_id_type = 'gclid'
    left join sales
        on {{ hashed_id(["'event'", 'events.source_record_id']) }} = sales.touchpoint_id
    union all
    select
        events.source_record_id,
        {{ reporting_date('events.occurred_at') }} as date,
        events.channel,
        sales.conversion_id,
        sales.gross_value
    from {{ ref('int_first_party_events') }} as events
    left join sales
        on {{ hashed_id(["'first_party'", 'events.source_record_id']) }} = sales.touchpoint_id
    where events.set_aside_reason is null and not events.has_consent

),

counted as (

    select
        date,
        channel,
        cast(count(*) as integer) as event_count,
        cast(count(conversion_id) as integer) as purchases,
        cast(coalesce(sum(gross_value), 0) as decimal(18, 6)) as revenue
    from channelled
    group by date, channel

)

select
    date,
    channel,
    event_count,
    purchases,
    revenue,
    '{{ var("reporting_currency") }}' as currency
from counted
