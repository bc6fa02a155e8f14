select
    load_id,
    source,
    stream,
    account as account_id,
    dt as partition_date,
    kind,
    status,
    rows as row_count,
    bytes as byte_count,
    content_hash,
    cast(control_totals as varchar) as control_totals,
    message,
    {{ utc('loaded_at') }} as loaded_at
from {{ source('landing', 'load_ledger') }}
