with loads as (

    select * from {{ ref('load_ledger') }}

),

final as (

    select
        source,
        stream,
        account_id,
        max(case when status in ('landed', 'unchanged') then partition_date end) as newest_partition_date,
        max(case when status in ('landed', 'unchanged') then loaded_at end) as last_landed_at,
        max(loaded_at) as last_attempt_at,
        cast(count(distinct case when status in ('landed', 'unchanged') then partition_date end) as integer)
            as partition_count,
        cast(count(case when status in ('failed', 'quarantined', 'refused') then 1 end) as integer) as failed_loads
    from loads
    group by source, stream, account_id

)

select * from final
