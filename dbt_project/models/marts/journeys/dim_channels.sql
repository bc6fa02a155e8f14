select
    channel,
    channel_order,
    is_paid,
    description,
    rule
from {{ ref('channels') }}
