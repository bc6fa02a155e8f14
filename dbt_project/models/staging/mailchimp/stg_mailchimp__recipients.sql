{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_partitions('mailchimp', 'recipients') }}"
) }}

with source as (

    select * from {{ source('landing_mailchimp', 'mailchimp__recipients') }}

),

renamed as (

    select
        -- ids
        'mailchimp/' || account || '/recipients/' || campaign_id || '/' || email_sha256 as source_record_id,
        account as account_id,
        campaign_id,
        list_id,
        {{ sha256_or_null('email_sha256') }} as email_sha256,

        -- strings
        status as delivery_status,
        absplit_group as ab_split_group,

        -- dates and times
        dt as partition_date,
        {{ utc('send_time') }} as sent_at,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
