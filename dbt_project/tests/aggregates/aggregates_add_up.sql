-- What the aggregates hold is what the facts hold, to the millionth: each pair of sums is equal.
with journeys as (

    select
        count(distinct journey_id) as journeys,
        count(case when touchpoint_type = '{{ var("closing_conversion") }}' then 1 end) as purchases,
        sum(case when touchpoint_type = '{{ var("closing_conversion") }}' then conversion_value end) as revenue,
        sum(cost) as cost,
        count(case when touchpoint_type in ('ad_click', 'site_visit') then 1 end) as visits
    from {{ ref('fct_customer_journey') }}

),

conversions as (

    select
        count(*) as conversions,
        sum(gross_value) as gross_revenue,
        sum(net_value) as net_revenue,
        count(case when is_new_customer then 1 end) as new_customers
    from {{ ref('fct_conversions') }}

),

spend as (

    select sum(spend) as spend from {{ ref('fct_ad_performance_daily') }}

),

sums as (

    {% for model in var('attribution_models') %}
    {%- for measure, whole in {
        'visits': 'visits', 'touch_cost': 'cost', 'billed_spend': 'spend', 'attributed_revenue': 'net_revenue',
        'attributed_conversions': 'conversions', 'attributed_new_customers': 'new_customers',
    }.items() %}
    select
        'agg_channel_performance_daily {{ model }} {{ measure }}' as identity,
        (select sum({{ measure }}) from {{ ref('agg_channel_performance_daily') }} where model = '{{ model }}') as part_sum,
        {{ whole }} as whole
    from journeys, conversions, spend
    union all
    {%- endfor %}
    {%- endfor %}
    {%- for aggregate, measure, whole in [
        ('agg_stage_funnel', 'exits + conversions', 'journeys'),
        ('agg_stage_funnel', 'conversions', 'purchases'),
        ('agg_stage_funnel', 'entries - continued - conversions - exits', '0'),
        ('agg_journey_paths', 'journeys', 'journeys'),
        ('agg_journey_paths', 'converting_journeys', 'purchases'),
        ('agg_journey_paths', 'net_revenue', 'revenue'),
        ('agg_journey_paths', 'cost', 'cost'),
        ('agg_marketing_mix_weekly', 'sessions', 'visits'),
        ('agg_marketing_mix_weekly', 'spend', 'spend'),
        ('agg_marketing_mix_weekly', 'conversions', 'conversions'),
        ('agg_marketing_mix_weekly', 'new_customers', 'new_customers'),
        ('agg_marketing_mix_weekly', 'gross_revenue', 'gross_revenue'),
        ('agg_marketing_mix_weekly', 'net_revenue', 'net_revenue'),
    ] %}
    select
        '{{ aggregate }} {{ measure }}' as identity,
        (select sum({{ measure }}) from {{ ref(aggregate) }}) as part_sum,
        {{ whole }} as whole
    from journeys, conversions, spend
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from sums
where coalesce(part_sum, 0) <> coalesce(whole, 0)
