{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['account_id', 'campaign_id']
) }}

with source as (

    select * from {{ source('landing_mailchimp', 'mailchimp__campaigns') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,
        id as campaign_id,
        recipients_list_id as list_id,

        -- strings
        settings_title as campaign_name,
        settings_subject_line as subject,
        type as campaign_type,
        status as campaign_status,

        -- numerics
        emails_sent,

        -- dates and times
        {{ utc('create_time') }} as created_at,
        {{ utc('send_time') }} as sent_at,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
