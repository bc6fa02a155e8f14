{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': ['account_id', 'partition_date'], 'tells': ['account_id', 'event_id', 'transaction_id']},
    pre_hook="{{ note_affected(['account_id', 'partition_date'], changed_partitions('first_party', 'events')) }}"
) }}

with source as (

    select * from {{ source('landing_first_party', 'first_party__events') }}

),

renamed as (

    select
        -- ids
        'first_party/' || account || '/events/' || cast(event_date as varchar) || '/' || event_id as source_record_id,
        account as account_id,
        event_id,
        email_sha256,
        user_id,
        device_id,
        transaction_id,

        -- strings
        event_type,
        lower(channel) as first_party_channel,
        -- Who denies has denied, also where the file tells what the consent was before.
        case
            when event_type = 'consent_denied' then 'denied'
            else coalesce(consent_state, case when event_type = 'consent_granted' then 'granted' end, 'unknown')
        end as consent_state,
        currency,

        -- numbers
        value as amount,

        -- dates and times
        dt as partition_date,
        {{ utc('occurred_at') }} as occurred_at,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select * from renamed
