{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['account_id', 'campaign_id']
) }}

with source as (

    select * from {{ source('landing', 'klaviyo__campaigns') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        account as account_id,
        id as campaign_id,
        name as campaign_name,
        archived as is_archived,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
