with touches as (

    select
        occurred_date as date,
        channel,
        platform,
        case when touchpoint_type in ('ad_click', 'site_visit') then 1 else 0 end as sessions,
        case when touchpoint_type = 'email_delivered' then 1 else 0 end as emails_sent,
        case when touchpoint_type = 'email_open' and not is_machine then 1 else 0 end as emails_opened,
        case when touchpoint_type = 'email_click' and not is_machine then 1 else 0 end as emails_clicked
    from {{ ref('fct_customer_journey') }}

),

-- A conversion counts for the visit it happened in, whole; without consent there is no visit to name.
conversions as (

    select
        conversions.converted_date as date,
        coalesce(journeys.channel, '(no touch)') as channel,
        coalesce(journeys.platform, '(no touch)') as platform,
        case when conversions.touchpoint_type = 'purchase' then 1 else 0 end as purchases,
        case when conversions.is_new_customer then 1 else 0 end as new_customers,
        conversions.gross_value,
        conversions.net_value
    from {{ ref('int_conversions') }} as conversions
    left join {{ ref('fct_customer_journey') }} as journeys
        on conversions.conversion_id = journeys.conversion_id

),

spend as (

    select * from {{ ref('int_ad_performance_by_channel') }}

),

touches_by_week as (

    select
        {{ week_start('date') }} as week_start_date,
        channel,
        platform,
        sum(sessions) as sessions,
        sum(emails_sent) as emails_sent,
        sum(emails_opened) as emails_opened,
        sum(emails_clicked) as emails_clicked
    from touches
    group by all

),

conversions_by_week as (

    select
        {{ week_start('date') }} as week_start_date,
        channel,
        platform,
        count(*) as conversions,
        sum(purchases) as purchases,
        sum(new_customers) as new_customers,
        sum(gross_value) as gross_revenue,
        sum(net_value) as net_revenue
    from conversions
    group by all

),

spend_by_week as (

    select
        {{ week_start('date') }} as week_start_date,
        channel,
        platform,
        sum(spend) as spend,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from spend
    group by all

),

weeks as (

    select
        week_start_date,
        min(iso_year) as iso_year,
        min(iso_week) as iso_week,
        count(*) as days_in_data
    from {{ ref('dim_dates') }}
    group by week_start_date

),

series as (

    select
        channel,
        platform
    from touches_by_week
    union
    select
        channel,
        platform
    from conversions_by_week
    union
    select
        channel,
        platform
    from spend_by_week

),

-- Every week for every series, whether anything happened or not.
final as (

    select
        weeks.week_start_date,
        weeks.iso_year,
        weeks.iso_week,
        cast(weeks.days_in_data as integer) as days_in_data,
        series.channel,
        series.platform,
        cast(coalesce(spend_by_week.spend, 0) as decimal(18, 6)) as spend,
        cast(coalesce(spend_by_week.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend_by_week.clicks, 0) as bigint) as clicks,
        {%- for measure in ['sessions', 'emails_sent', 'emails_opened', 'emails_clicked'] %}
        cast(coalesce(touches_by_week.{{ measure }}, 0) as integer) as {{ measure }},
        {%- endfor %}
        {%- for measure in ['conversions', 'purchases', 'new_customers'] %}
        cast(coalesce(conversions_by_week.{{ measure }}, 0) as integer) as {{ measure }},
        {%- endfor %}
        cast(coalesce(conversions_by_week.gross_revenue, 0) as decimal(18, 6)) as gross_revenue,
        cast(coalesce(conversions_by_week.net_revenue, 0) as decimal(18, 6)) as net_revenue,
        cast('{{ var("reporting_currency") }}' as varchar) as currency
    from weeks
    cross join series
    {%- for part in ['touches_by_week', 'conversions_by_week', 'spend_by_week'] %}
    left join {{ part }}
        on
            weeks.week_start_date = {{ part }}.week_start_date
            and series.channel = {{ part }}.channel
            and series.platform = {{ part }}.platform
    {%- endfor %}

)

select * from final
