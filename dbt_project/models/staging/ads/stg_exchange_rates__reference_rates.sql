{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('exchange_rates', 'reference_rates') }}"
) }}

with source as (

    select * from {{ source('landing_ads', 'exchange_rates__reference_rates') }}

),

renamed as (

    select
        -- ids
        account as account_id,

        -- strings
        upper(currency) as currency,

        -- numerics
        cast(rate as decimal(18, 6)) as units_per_euro,

        -- dates and times
        rate_date,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
