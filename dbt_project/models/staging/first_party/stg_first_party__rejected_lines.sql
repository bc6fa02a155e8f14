{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('first_party', 'rejected_lines') }}"
) }}

with source as (

    select * from {{ source('landing_first_party', 'first_party__rejected_lines') }}

),

renamed as (

    select
        account as account_id,
        file as file_name,
        line as line_number,
        reason,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
