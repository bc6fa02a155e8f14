-- source_record_id of int_site_events names one event. Texts differ where their numbers do, and a number is eight bytes
-- instead of a hundred. An id of GA4 is put together with slashes: where neither name nor device holds one, two ids are
-- the same only where all their parts are, and the text need not be made to find that out.
with ga4_events as (

    select
        *,
        coalesce(landed_user_pseudo_id, user_pseudo_id, '') as device
    from {{ ref('stg_ga4__events') }}

),

ids as (

    select
        case
            when event_name not like '%/%' and device not like '%/%'
                then {{ text_number(['device'], [
                    'account_id', 'partition_date', 'event_timestamp', 'event_name', 'event_bundle_sequence_id', 'batch_event_index',
                    'row_of_key'
                ]) }}
            else {{ text_number([ga4_record_id()]) }}
        end as id_number
    from ga4_events
    union all
    select {{ text_number(['source_record_id']) }} as id_number
    from {{ ref('int_matomo_events') }}

)

select
    id_number,
    count(*) as events
from ids
group by id_number
having count(*) > 1
