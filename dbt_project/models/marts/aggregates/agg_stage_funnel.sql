with stages as (

    select
        stages.*,
        coalesce(
            stages.outcome = 'exited' and stages.final_date > data_end.newest_date - {{ var('dormant_after_days') }},
            false
        ) as is_recent
    from {{ ref('int_journey_stages') }} as stages
    cross join {{ ref('int_data_end') }} as data_end

),

final as (

    select
        segment,
        entry_channel,
        journey_stage,
        cast(case journey_stage
            when 'awareness' then 1
            when 'consideration' then 2
            when 'decision' then 3
            when 'post_purchase' then 4
        end as integer) as stage_order,
        last_touchpoint_type,
        cast(count(*) as integer) as entries,
        cast(count(case when outcome = 'continued' then 1 end) as integer) as continued,
        cast(count(case when outcome = 'converted' then 1 end) as integer) as conversions,
        cast(count(case when outcome = 'exited' then 1 end) as integer) as exits,
        cast(count(case when is_recent then 1 end) as integer) as recent_exits,
        cast(count(case when outcome = 'exited' then 1 end) / count(*) as double) as exit_rate,
        cast({{ median_of('micros_to_next_stage') }} / 3600000000 as double) as median_hours_to_next_stage,
        cast(avg(micros_to_next_stage) / 3600000000 as double) as avg_hours_to_next_stage
    from stages
    group by segment, entry_channel, journey_stage, last_touchpoint_type

)

select * from final
