with source as (

    select * from {{ source('landing_ads', 'google_ads__campaign') }}

),

-- The newest row of each object over all snapshots: what left the platform stays, and is marked as gone.
newest as (

    select
        *,
        dt = max(dt) over (partition by account) as is_in_latest_snapshot
    from source
    qualify row_number() over (partition by account, campaign_id order by dt desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,
        cast(campaign_id as varchar) as campaign_id,

        -- strings
        campaign_name,
        lower(campaign_status) as campaign_status,
        lower(campaign_advertising_channel_type) as campaign_type,
        campaign_final_url_suffix as final_url_suffix,

        -- booleans
        is_in_latest_snapshot,

        -- dates and times; Google gives them in the account's time zone
        try_cast(campaign_start_date_time as timestamp) as started_at_local,
        try_cast(campaign_end_date_time as timestamp) as ended_at_local,
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
