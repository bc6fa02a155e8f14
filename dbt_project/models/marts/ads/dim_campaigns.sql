with campaigns as (

    select * from {{ ref('int_ad_campaigns') }}

),

accounts as (

    select * from {{ ref('int_ad_accounts') }}

),

final as (

    select
        campaigns.platform,
        campaigns.account_id,
        accounts.account_name,
        accounts.account_currency,
        accounts.account_time_zone,
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_type,
        campaigns.status,
        campaigns.effective_status,
        campaigns.url_tags,
        campaigns.started_at,
        campaigns.ended_at,
        campaigns.is_deleted
    from campaigns
    left join accounts
        on
            campaigns.platform = accounts.platform
            and campaigns.account_id = accounts.account_id

)

select * from final
