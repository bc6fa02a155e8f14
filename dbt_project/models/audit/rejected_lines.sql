select
    'first_party' as source,
    account_id,
    partition_date,
    file_name,
    line_number,
    reason,
    loaded_at
from {{ ref('stg_first_party__rejected_lines') }}
