{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='newest_date'
) }}

-- The newest day that brought rows: "how long ago" is counted from it. Never from the clock, so that the same data
-- give the same figures.
select max(dt) as newest_date
from {{ source('landing', 'load_ledger') }}
where kind = 'daily' and status in ('landed', 'unchanged') and rows > 0
