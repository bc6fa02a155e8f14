with events as (

    select * from {{ ref('int_site_events') }}
    where set_aside_reason is null and not has_consent

),

sales as (

    select * from {{ ref('int_conversions') }}
    where customer_id is null

),

-- Only a campaign's kind is taken from the click, to name the channel; nothing of it is kept.
click_channels as (

    select
        clicks.gclid,
        max(campaign_channels.channel) as channel
    from {{ ref('stg_google_ads__clicks') }} as clicks
    inner join {{ ref('int_ad_campaigns') }} as campaigns
        on
            clicks.account_id = campaigns.account_id
            and clicks.campaign_id = campaigns.campaign_id
    inner join {{ ref('google_campaign_channels') }} as campaign_channels
        on campaigns.campaign_type = campaign_channels.advertising_channel_type
    where campaigns.platform = 'google_ads'
    group by clicks.gclid

),

channelled as (

    select
        events.source_record_id,
        {{ reporting_date('events.occurred_at') }} as date,
        coalesce(click_channels.channel, sessions.channel) as channel,
        sales.conversion_id,
        sales.gross_value
    from events
    inner join {{ ref('int_sessions') }} as sessions
        on events.session_id = sessions.session_id
    left join click_channels
        on sessions.click_id = click_channels.gclid and sessions.click_id_type = 'gclid'
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
