-- int_site_events has an event where both tables have its key, so the two hold the same keys. Counts, a sum and a
-- parity of the keys' numbers tell that without joining every event to itself; that no key comes twice, `unique` tells.
with told as (

    select
        count(*) as events,
        sum({{ content_number(['event_timestamp', 'record_number']) }}) as key_sum,
        {{ parity(content_number(['record_number', 'event_timestamp'])) }} as key_parity
    from {{ ref('stg_ga4__events') }}

),

worked_out as (

    select
        count(*) as events,
        sum({{ content_number(['event_timestamp', 'record_number']) }}) as key_sum,
        {{ parity(content_number(['record_number', 'event_timestamp'])) }} as key_parity
    from {{ ref('int_ga4_events') }}

)

select * from told
except
select * from worked_out
