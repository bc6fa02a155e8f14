with events as (

    select * from {{ ref('int_ga4_events') }}
    where set_aside_reason is null and not has_consent

),

sales as (

    select * from {{ ref('int_conversions') }}
    where customer_id is null

),

counted as (

    select
        {{ reporting_date('events.occurred_at') }} as date,
        sessions.channel,
        cast(count(*) as integer) as event_count,
        cast(count(sales.conversion_id) as integer) as purchases,
        cast(coalesce(sum(sales.net_value), 0) as decimal(18, 6)) as revenue
    from events
    inner join {{ ref('int_sessions') }} as sessions
        on events.session_id = sessions.session_id
    left join sales on {{ hashed_id(["'event'", 'events.source_record_id']) }} = sales.touchpoint_id
    group by {{ reporting_date('events.occurred_at') }}, sessions.channel

)

select
    date,
    channel,
    event_count,
    purchases,
    revenue,
    '{{ var("reporting_currency") }}' as currency
from counted
