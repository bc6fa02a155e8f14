with ads as (

    select * from {{ ref('stg_google_ads__ads') }}

),

-- Ads that spent, or were clicked, but are in no snapshot. An ad is in one ad group, and that in one campaign.
seen as (

    select
        account_id,
        max(campaign_id) as campaign_id,
        ad_group_id,
        ad_id
    from (
        select
            account_id,
            campaign_id,
            ad_group_id,
            ad_id
        from {{ ref('stg_google_ads__ad_performance') }}
        union all
        select
            account_id,
            campaign_id,
            ad_group_id,
            ad_id
        from {{ ref('stg_google_ads__clicks') }}
        where campaign_id is not null and ad_group_id is not null and ad_id is not null
    ) as mentioned
    group by account_id, ad_group_id, ad_id

),

known as (

    select
        coalesce(ads.account_id, seen.account_id) as account_id,
        coalesce(ads.campaign_id, seen.campaign_id) as campaign_id,
        coalesce(ads.ad_group_id, seen.ad_group_id) as ad_group_id,
        coalesce(ads.ad_id, seen.ad_id) as ad_id,
        ads.ad_name,
        ads.ad_type,
        ads.ad_status,
        ads.final_urls,
        nullif(ads.final_url_suffix, '') as final_url_suffix,
        coalesce(ads.ad_status = 'removed' or not ads.is_in_latest_snapshot, true) as is_deleted
    from ads
    full outer join seen
        on
            ads.account_id = seen.account_id
            and ads.ad_group_id = seen.ad_group_id
            and ads.ad_id = seen.ad_id

),

ad_groups as (

    select * from {{ ref('stg_google_ads__ad_groups') }}

),

campaigns as (

    select * from {{ ref('stg_google_ads__campaigns') }}

),

accounts as (

    select * from {{ ref('stg_google_ads__customers') }}

),

-- The suffix nearest to the ad is the one that Google appends.
final as (

    select
        known.account_id,
        known.campaign_id,
        known.ad_group_id,
        ad_groups.ad_group_name,
        ad_groups.ad_group_status,
        ad_groups.ad_group_type,
        known.ad_id,
        known.ad_name,
        known.ad_type,
        known.ad_status as status,
        known.ad_status as effective_status,
        known.final_urls,
        coalesce(
            known.final_url_suffix, nullif(campaigns.final_url_suffix, ''), nullif(accounts.final_url_suffix, '')
        ) as url_tags,
        known.is_deleted
    from known
    left join ad_groups
        on
            known.account_id = ad_groups.account_id
            and known.ad_group_id = ad_groups.ad_group_id
    left join campaigns
        on
            known.account_id = campaigns.account_id
            and known.campaign_id = campaigns.campaign_id
    left join accounts
        on known.account_id = accounts.account_id

)

select * from final
