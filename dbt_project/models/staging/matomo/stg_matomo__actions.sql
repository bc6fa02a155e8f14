{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('matomo', 'visits') }}"
) }}

with source as (

    select * from {{ source('landing_matomo', 'matomo__visits') }}

),

opened as (

    select
        account,
        dt,
        idvisit,
        firstactiontimestamp,
        sitecurrency,
        _loaded_at,
        {{ opened_list('actiondetails', 'held', 'action_number') }}
    from source

),

renamed as (

    select
        -- ids
        'matomo/' || account || '/visits/' || idvisit || '/' || action_number as source_record_id,
        account as account_id,
        idvisit as visit_id,
        {{ id_or_null('held.orderid') }} as transaction_id,

        -- strings
        held.type as action_type,
        case
            when held.type = 'action' and coalesce(held.productviewsku, held.productviewname) is not null
                then 'product_view'
            else held.type
        end as action_kind,
        lower(coalesce({{ set_or_null('held.goalname') }}, {{ set_or_null('held.eventaction') }})) as action_name,
        held.url as page_location,
        upper(sitecurrency) as currency,

        -- numerics
        cast(action_number as integer) as action_number,
        held.revenue,

        -- dates and times
        dt as partition_date,
        {{ utc_from_micros('coalesce(held.timestamp, firstactiontimestamp) * 1000000') }} as occurred_at,
        {{ utc('_loaded_at') }} as loaded_at
    from opened

)

select * from renamed
