with source as (

    select * from {{ source('landing_mailchimp', 'mailchimp__members') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, list_id, email_sha256 order by dt desc) = 1

),

renamed as (

    select
        -- ids
        'mailchimp/' || account || '/members/' || list_id || '/' || email_sha256 as source_record_id,
        account as account_id,
        list_id,
        contact_id,
        {{ sha256_or_null('email_sha256') }} as email_sha256,
        {{ id_or_null('external_id') }} as user_id,

        -- strings
        status as member_status,

        -- dates and times; `last_changed` moves, and who was seen first must not
        coalesce({{ utc('timestamp_signup') }}, {{ utc('timestamp_opt') }}) as joined_at,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
