-- Delivered = set aside + without consent + in a session: no event is lost, none counts twice.
with counts as (

    select
        (select count(*) from {{ ref('stg_ga4__events') }})
        + (select count(*) from {{ ref('int_matomo_events') }})
        + (select count(*) from {{ ref('stg_first_party__events') }}) as delivered,
        (select count(*) from {{ ref('set_aside_events') }}) as set_aside,
        (select coalesce(sum(event_count), 0) from {{ ref('unconsented_events') }}) as unconsented,
        (
            select count(*)
            from (
                select session_id from {{ ref('int_ga4_events') }}
                where set_aside_reason is null
                union all
                select session_id from {{ ref('int_matomo_events') }}
                where set_aside_reason is null
            ) as events
            inner join {{ ref('int_session_customers') }} as sessions
                on events.session_id = sessions.session_id
        ) as of_customers,
        (
            select count(*)
            from {{ ref('int_first_party_events') }}
            where set_aside_reason is null and has_consent
        ) as of_files

)

select * from counts
where delivered <> set_aside + unconsented + of_customers + of_files
