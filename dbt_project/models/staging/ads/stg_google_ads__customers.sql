with source as (

    select * from {{ source('landing_ads', 'google_ads__customer') }}

),

-- The newest row of each object over all snapshots: what left the platform stays, and is marked as gone.
newest as (

    select
        *,
        dt = max(dt) over (partition by account) as is_in_latest_snapshot
    from source
    qualify row_number() over (partition by account, customer_id order by dt desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,
        cast(customer_id as varchar) as customer_id,

        -- strings
        customer_descriptive_name as account_name,
        upper(customer_currency_code) as account_currency,
        customer_time_zone as account_time_zone,
        customer_final_url_suffix as final_url_suffix,
        lower(customer_status) as account_status,

        -- booleans
        coalesce(customer_auto_tagging_enabled, false) as is_auto_tagging_enabled,
        coalesce(customer_manager, false) as is_manager,
        is_in_latest_snapshot,

        -- dates and times
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
