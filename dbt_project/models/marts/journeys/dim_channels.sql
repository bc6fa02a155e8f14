select
    channel,
    channel_order,
    is_paid,
    description,
    rule
from {{ ref('channels') }}
union all
-- What the aggregates call conversions without a touch, so that a join to here keeps all the revenue.
select
    '(no touch)' as channel,
    cast(null as integer) as channel_order,
    false as is_paid,
    'No channel: conversions that no touch can be named for' as description,
    'Only in agg_channel_performance_daily and agg_marketing_mix_weekly' as rule
