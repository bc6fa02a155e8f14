select
    load_id,
    source,
    stream,
    account as account_id,
    dt as partition_date,
    suite,
    expectation,
    severity,
    success as is_success,
    observed,
    unexpected_count,
    message,
    {{ utc('validated_at') }} as validated_at
from {{ source('landing', 'validation_results') }}
