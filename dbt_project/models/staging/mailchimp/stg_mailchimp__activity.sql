{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['source_record_id', 'partition_date'],
    meta={'affected_by': ['account_id', 'partition_date'], 'tells': ['record_number', 'email_sha256', 'occurred_at']},
    pre_hook="{{ note_affected(['account_id', 'partition_date'], changed_partitions('mailchimp', 'activity')) }}"
) }}

with source as (

    select * from {{ source('landing_mailchimp', 'mailchimp__activity') }}

),

renamed as (

    select
        -- ids
        'mailchimp/' || account || '/activity/' || activity_id as source_record_id,
        account as account_id,
        activity_id,
        campaign_id,
        list_id,
        {{ sha256_or_null('email_sha256') }} as email_sha256,

        -- strings
        action,
        type as bounce_type,
        url,

        -- dates and times
        dt as partition_date,
        {{ utc('timestamp') }} as occurred_at,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select
    *,
    -- Nobody's key, as two texts may have one number: what a night asks for is looked up by it.
    {{ text_number(['source_record_id']) }} as record_number
from renamed
