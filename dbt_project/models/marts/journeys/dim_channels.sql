select
    channel,
    channel_order,
    is_paid,
    description
from {{ ref('channels') }}
