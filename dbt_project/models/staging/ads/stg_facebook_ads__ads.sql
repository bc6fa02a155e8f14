with source as (

    select * from {{ source('landing_ads', 'facebook_ads__ads') }}

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
        adset_id,
        id as ad_id,
        creative_id,
        effective_object_story_id,

        -- strings
        name as ad_name,
        lower(status) as ad_status,
        lower(effective_status) as effective_status,
        url_tags,
        coalesce(
            nullif(link_url, ''),
            {{ json_path_text('object_story_spec', 'link_data.link') }},
            {{ json_path_text('object_story_spec', 'video_data.call_to_action.value.link') }},
            {{ json_path_text('object_story_spec', 'template_data.link') }},
            {{ json_path_text('asset_feed_spec', 'link_urls[0].website_url') }}
        ) as final_url,

        -- booleans
        is_in_latest_snapshot,

        -- dates and times
        dt as partition_date,
        {{ utc('_loaded_at') }} as loaded_at
    from newest

)

select * from renamed
