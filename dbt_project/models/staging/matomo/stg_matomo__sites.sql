with source as (

    select * from {{ source('landing_matomo', 'matomo__sites') }}

),

newest as (

    select * from source
    qualify row_number() over (partition by account order by dt desc, _loaded_at desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,

        -- strings
        name as site_name,
        {{ url_host('main_url') }} as site_host,
        upper(currency) as currency,
        timezone as time_zone,

        -- dates and times
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
