with source as (

    select * from {{ source('landing', 'klaviyo__profiles') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        account as account_id,
        id as profile_id,
        {{ sha256_or_null('email_sha256') }} as email_sha256,
        {{ id_or_null('external_id') }} as user_id,
        {{ utc_from_text('created') }} as created_at,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
