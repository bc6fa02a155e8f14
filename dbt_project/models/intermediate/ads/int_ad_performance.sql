with reported as (

    {%- for platform in ['google_ads', 'facebook_ads'] %}
    select
        '{{ platform }}' as platform,
        account_id,
        performance_date,
        row_kind,
        campaign_id,
        ad_group_id,
        ad_id,
        placement,
        device_category,
        impressions,
        clicks,
        billed_clicks,
        account_spend,
        conversions,
        account_conversion_value
    from {{ ref('int_' ~ platform ~ '_performance') }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

totals as (

    select * from {{ ref('int_ad_account_totals') }}

),

accounts as (

    select * from {{ ref('int_ad_accounts') }}

),

rates as (

    select * from {{ ref('int_fx_rates_daily') }}

),

reported_by_account as (

    select
        platform,
        account_id,
        performance_date,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(account_spend) as account_spend
    from reported
    group by all

),

-- What the platform bills and no row of its own explains: deleted ads on Meta, differences between reads on both.
unlisted as (

    select
        totals.platform,
        totals.account_id,
        totals.performance_date,
        totals.impressions - coalesce(reported_by_account.impressions, 0) as impressions,
        totals.clicks - coalesce(reported_by_account.clicks, 0) as clicks,
        totals.account_spend - coalesce(reported_by_account.account_spend, 0) as account_spend
    from totals
    left join reported_by_account
        on
            totals.platform = reported_by_account.platform
            and totals.account_id = reported_by_account.account_id
            and totals.performance_date = reported_by_account.performance_date

),

completed as (

    select * from reported

    union all

    select
        platform,
        account_id,
        performance_date,
        'account' as row_kind,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as ad_group_id,
        cast(null as varchar) as ad_id,
        'unlisted' as placement,
        cast(null as varchar) as device_category,
        impressions,
        clicks,
        clicks as billed_clicks,
        account_spend,
        cast(null as decimal(18, 6)) as conversions,
        cast(null as decimal(18, 6)) as account_conversion_value
    from unlisted
    where
        impressions <> 0
        or clicks <> 0
        or account_spend <> 0

),

-- The currency of a day is what the platform billed in that day; the account as it is now is the second best.
with_currency as (

    select
        completed.*,
        coalesce(totals.account_currency, accounts.account_currency) as account_currency
    from completed
    left join totals
        on
            completed.platform = totals.platform
            and completed.account_id = totals.account_id
            and completed.performance_date = totals.performance_date
    left join accounts
        on
            completed.platform = accounts.platform
            and completed.account_id = accounts.account_id

),

-- Each row at its day's rate; a day without a rate has no amount in the reporting currency.
final as (

    select
        with_currency.platform,
        with_currency.account_id,
        with_currency.performance_date,
        with_currency.row_kind,
        with_currency.campaign_id,
        with_currency.ad_group_id,
        with_currency.ad_id,
        with_currency.placement,
        with_currency.device_category,
        with_currency.impressions,
        with_currency.clicks,
        with_currency.billed_clicks,
        cast(with_currency.account_spend as decimal(18, 6)) as account_spend,
        with_currency.account_currency,
        {{ converted('with_currency.account_spend', 'rates.rate_to_reporting') }} as spend,
        cast(with_currency.conversions as decimal(18, 6)) as conversions,
        {{ converted('with_currency.account_conversion_value', 'rates.rate_to_reporting') }} as conversion_value
    from with_currency
    left join rates
        on
            with_currency.performance_date = rates.rate_date
            and with_currency.account_currency = rates.currency

)

select * from final
