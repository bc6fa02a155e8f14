-- source_record_id of int_site_events names one event. Texts differ where their numbers do, and a number is eight bytes
-- instead of a hundred.
with ids as (

    select {{ content_number([ga4_record_id()]) }} as id_number
    from {{ ref('stg_ga4__events') }}
    union all
    select {{ content_number(['source_record_id']) }} as id_number
    from {{ ref('int_matomo_events') }}

)

select
    id_number,
    count(*) as events
from ids
group by id_number
having count(*) > 1
