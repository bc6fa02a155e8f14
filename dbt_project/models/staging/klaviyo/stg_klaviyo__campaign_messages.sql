{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['account_id', 'message_id']
) }}

with source as (

    select * from {{ source('landing', 'klaviyo__campaign_messages') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        account as account_id,
        id as message_id,
        campaign_id,
        channel as message_channel,
        label as message_label,
        status as message_status,
        {{ utc_from_text('send_time') }} as sent_at,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
