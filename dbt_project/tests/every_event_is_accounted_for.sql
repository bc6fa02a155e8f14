-- Delivered = set aside + without consent + in a session: no event is lost, none counts twice. Events are
-- counted before they are joined, by numbers of their sessions, which differ where the sessions do.
with events as (

    select
        session_number,
        count(*) as event_count
    from (
        select session_number from {{ ref('int_ga4_events') }}
        where set_aside_reason is null
        union all
        select session_number from {{ ref('int_matomo_events') }}
        where set_aside_reason is null
    ) as kept
    group by session_number

),

sessions as (

    select told.session_number
    from {{ ref('int_session_customers') }} as owned
    inner join {{ ref('int_sessions') }} as told
        on {{ text_number(['owned.session_id']) }} = {{ text_number(['told.session_id']) }}

),

counts as (

    select
        (select count(*) from {{ ref('stg_ga4__events') }})
        + (select count(*) from {{ ref('int_matomo_events') }})
        + (select count(*) from {{ ref('stg_first_party__events') }}) as delivered,
        (select count(*) from {{ ref('set_aside_events') }}) as set_aside,
        (select coalesce(sum(event_count), 0) from {{ ref('unconsented_events') }}) as unconsented,
        (
            select coalesce(sum(events.event_count), 0)
            from events
            inner join sessions on events.session_number = sessions.session_number
        ) as of_customers,
        (
            select count(*)
            from {{ ref('int_first_party_events') }}
            where set_aside_reason is null and has_consent
        ) as of_files

)

select * from counts
where delivered <> set_aside + unconsented + of_customers + of_files
