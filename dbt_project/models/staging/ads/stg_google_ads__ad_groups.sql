with source as (

    select * from {{ source('landing_ads', 'google_ads__ad_group') }}

),

-- The newest row of each object over all snapshots: what left the platform stays, and is marked as gone.
newest as (

    select
        *,
        dt = max(dt) over (partition by account) as is_in_latest_snapshot
    from source
    qualify row_number() over (partition by account, ad_group_id order by dt desc) = 1

),

renamed as (

    select
        -- ids
        account as account_id,
        cast(campaign_id as varchar) as campaign_id,
        cast(ad_group_id as varchar) as ad_group_id,

        -- strings
        ad_group_name,
        lower(ad_group_status) as ad_group_status,
        lower(ad_group_type) as ad_group_type,

        -- booleans
        is_in_latest_snapshot,

        -- dates and times
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
