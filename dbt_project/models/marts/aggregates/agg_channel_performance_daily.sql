{%- set keys = ['date', 'channel', 'platform', 'campaign_id'] %}

with touches as (

    select
        occurred_date as date,
        channel,
        platform,
        campaign_id,
        count(case when touchpoint_type in ('ad_click', 'site_visit') then 1 end) as visits,
        count(case when touchpoint_type = 'ad_click' then 1 end) as ad_clicks,
        count(case when touchpoint_type = 'email_click' and not is_machine then 1 end) as email_clicks,
        sum(cost) as touch_cost
    from {{ ref('fct_customer_journey') }}
    where touchpoint_type in ('ad_click', 'site_visit', 'email_click')
    group by all

),

spend as (

    select * from {{ ref('int_ad_performance_by_channel') }}

),

-- What no touch can claim keeps a channel of its own, so revenue adds up.
credits as (

    select
        conversions.converted_date as date,
        coalesce(attribution.channel, '(no touch)') as channel,
        coalesce(attribution.platform, '(no touch)') as platform,
        attribution.campaign_id,
        attribution.model,
        sum(attribution.credit) as conversions,
        sum(case when conversions.touchpoint_type = 'purchase' then attribution.credit end) as purchases,
        sum(case when conversions.is_new_customer then attribution.credit end) as new_customers,
        sum(attribution.attributed_revenue) as attributed_revenue
    from {{ ref('fct_attribution') }} as attribution
    inner join {{ ref('int_conversions') }} as conversions
        on attribution.conversion_id = conversions.conversion_id
    group by all

),

models as (

    {% for model in var('attribution_models') -%}
    select '{{ model }}' as model
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

),

-- Every day and campaign stands once in each model, so each model has the whole of the visits and of the spend.
spine as (

    select
        held.*,
        models.model
    from (
        select {{ keys | join(', ') }} from touches
        union
        select {{ keys | join(', ') }} from spend
        union
        select {{ keys | join(', ') }} from credits
    ) as held
    cross join models

),

joined as (

    select
        spine.date,
        spine.channel,
        spine.platform,
        spine.campaign_id,
        spine.model,
        cast(coalesce(touches.visits, 0) as integer) as visits,
        cast(coalesce(touches.ad_clicks, 0) as integer) as ad_clicks,
        cast(coalesce(touches.email_clicks, 0) as integer) as email_clicks,
        cast(coalesce(spend.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend.clicks, 0) as bigint) as clicks,
        cast(coalesce(touches.touch_cost, 0) as decimal(18, 6)) as touch_cost,
        cast(coalesce(spend.spend, 0) as decimal(18, 6)) as billed_spend,
        cast(coalesce(credits.conversions, 0) as decimal(18, 12)) as attributed_conversions,
        cast(coalesce(credits.purchases, 0) as decimal(18, 12)) as attributed_purchases,
        cast(coalesce(credits.new_customers, 0) as decimal(18, 12)) as attributed_new_customers,
        cast(coalesce(credits.attributed_revenue, 0) as decimal(18, 6)) as attributed_revenue,
        cast(coalesce(spend.platform_conversions, 0) as decimal(18, 6)) as platform_conversions,
        cast(coalesce(spend.platform_conversion_value, 0) as decimal(18, 6)) as platform_conversion_value
    from spine
    left join touches
        on
            spine.date = touches.date
            and spine.channel = touches.channel
            and spine.platform = touches.platform
            and spine.campaign_id is not distinct from touches.campaign_id
    left join spend
        on
            spine.date = spend.date
            and spine.channel = spend.channel
            and spine.platform = spend.platform
            and spine.campaign_id is not distinct from spend.campaign_id
    left join credits
        on
            spine.date = credits.date
            and spine.channel = credits.channel
            and spine.platform = credits.platform
            and spine.campaign_id is not distinct from credits.campaign_id
            and spine.model = credits.model

),

final as (

    select
        date,
        channel,
        platform,
        campaign_id,
        model,
        visits,
        ad_clicks,
        email_clicks,
        impressions,
        clicks,
        touch_cost,
        billed_spend,
        attributed_conversions,
        attributed_purchases,
        attributed_new_customers,
        attributed_revenue,
        cast(attributed_revenue / nullif(billed_spend, 0) as double) as roas,
        cast(billed_spend / nullif(attributed_new_customers, 0) as double) as cac,
        platform_conversions,
        platform_conversion_value,
        cast(platform_conversion_value / nullif(billed_spend, 0) as double) as platform_roas,
        cast('{{ var("reporting_currency") }}' as varchar) as currency
    from joined

)

select * from final
