with source as (

    select * from {{ source('landing', 'klaviyo__accounts') }}

),

latest as (

    select * from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        id as account_id,
        organization_name,
        timezone as time_zone,
        preferred_currency,
        {{ utc('_loaded_at') }} as loaded_at
    from latest

)

select * from renamed
