with ads as (

    select * from {{ ref('stg_facebook_ads__ads') }}

),

-- Ads that spent but are in no snapshot; their figures carry the names.
seen as (

    select
        account_id,
        campaign_id,
        adset_id,
        ad_id,
        {{ newest('adset_name', 'performance_date') }} as adset_name,
        {{ newest('ad_name', 'performance_date') }} as ad_name
    from {{ ref('stg_facebook_ads__ad_insights') }}
    group by account_id, campaign_id, adset_id, ad_id

),

known as (

    select
        coalesce(ads.account_id, seen.account_id) as account_id,
        coalesce(ads.campaign_id, seen.campaign_id) as campaign_id,
        coalesce(ads.adset_id, seen.adset_id) as adset_id,
        coalesce(ads.ad_id, seen.ad_id) as ad_id,
        seen.adset_name,
        coalesce(ads.ad_name, seen.ad_name) as ad_name,
        ads.ad_status,
        ads.effective_status,
        ads.final_url,
        ads.url_tags,
        coalesce(ads.effective_status = 'deleted' or not ads.is_in_latest_snapshot, true) as is_deleted
    from ads
    full outer join seen
        on
            ads.account_id = seen.account_id
            and ads.adset_id = seen.adset_id
            and ads.ad_id = seen.ad_id

),

adsets as (

    select * from {{ ref('stg_facebook_ads__adsets') }}

),

final as (

    select
        known.account_id,
        known.campaign_id,
        known.adset_id as ad_group_id,
        coalesce(adsets.adset_name, known.adset_name) as ad_group_name,
        adsets.adset_status as ad_group_status,
        cast(null as varchar) as ad_group_type,
        known.ad_id,
        known.ad_name,
        cast(null as varchar) as ad_type,
        known.ad_status as status,
        known.effective_status,
        case when known.final_url is not null then {{ one_text_list('known.final_url') }} end as final_urls,
        known.url_tags,
        known.is_deleted
    from known
    left join adsets
        on
            known.account_id = adsets.account_id
            and known.adset_id = adsets.adset_id

)

select * from final
