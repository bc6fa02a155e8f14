{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['source_record_id', 'partition_date'],
    meta={'affected_by': ['account_id', 'partition_date'], 'tells': ['record_number', 'profile_id', 'occurred_at']},
    pre_hook="{{ note_affected(['account_id', 'partition_date'], changed_partitions('klaviyo', 'events')) }}"
) }}

with source as (

    select * from {{ source('landing', 'klaviyo__events') }}

),

renamed as (

    select
        -- ids
        'klaviyo/' || account || '/events/' || id as source_record_id,
        account as account_id,
        id as event_id,
        metric_id,
        profile_id,
        {{ json_text('event_properties', '$message') }} as message_id,
        {{ json_text('event_properties', '$flow') }} as flow_id,

        -- strings
        {{ json_text('event_properties', 'Campaign Name') }} as campaign_name,
        {{ json_text('event_properties', 'Subject') }} as subject,
        {{ json_text('event_properties', 'URL') }} as url,

        -- booleans
        coalesce(lower({{ json_text('event_properties', 'Apple Privacy Open') }}) in ('true', '1'), false)
        or coalesce(lower({{ json_text('event_properties', 'Bot Click') }}) in ('true', '1'), false) as is_machine,

        -- dates and times
        dt as partition_date,
        {{ utc('datetime') }} as occurred_at,
        {{ utc('_loaded_at') }} as loaded_at
    from source

)

select
    *,
    -- Nobody's key, as two texts may have one number: what a night asks for is looked up by it.
    {{ text_number(['source_record_id']) }} as record_number
from renamed
