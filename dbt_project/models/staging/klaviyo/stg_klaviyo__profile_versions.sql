with source as (

    select * from {{ source('landing', 'klaviyo__profiles') }}

),

renamed as (

    select
        account as account_id,
        id as profile_id,
        dt as partition_date,
        {{ sha256_or_null('email_sha256') }} as email_sha256,
        {{ id_or_null('external_id') }} as user_id,
        {{ utc_from_text('created') }} as created_at
    from source

)

select * from renamed
