with source as (

    select * from {{ source('landing_ads', 'facebook_ads__adsets') }}

),

-- The newest row of each object over all snapshots: what left the platform stays, and is marked as gone.
newest as (

    select
        *,
        dt = max(dt) over (partition by account) as is_in_latest_snapshot
    from source
    qualify row_number() over (partition by account, id order by dt desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,
        campaign_id,
        id as adset_id,

        -- strings
        name as adset_name,
        lower(status) as adset_status,
        lower(effective_status) as effective_status,

        -- booleans
        is_in_latest_snapshot,

        -- dates and times
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
