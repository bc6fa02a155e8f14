with journeys as (

    select * from {{ ref('int_journey_paths') }}

),

final as (

    select
        path,
        path_length,
        cast(count(*) as integer) as journeys,
        cast(count(case when is_converting then 1 end) as integer) as converting_journeys,
        cast(count(case when not is_converting then 1 end) as integer) as open_journeys,
        cast(count(case when is_converting then 1 end) / count(*) as double) as conversion_rate,
        cast(sum(net_revenue) as decimal(18, 6)) as net_revenue,
        cast(sum(cost) as decimal(18, 6)) as cost,
        cast('{{ var("reporting_currency") }}' as varchar) as currency,
        cast(avg(days_to_conversion) as double) as avg_days_to_conversion
    from journeys
    group by path, path_length

)

select * from final
