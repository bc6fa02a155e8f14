{%- set closing = var('closing_conversion') %}

with touches as (

    select
        journey_id,
        journey_number,
        touchpoint_number,
        touchpoint_type,
        journey_stage,
        channel,
        occurred_at,
        occurred_date,
        not is_machine and touchpoint_type <> 'email_delivered' as is_active
    from {{ ref('fct_customer_journey') }}

),

-- What the brand sends and what a machine opens moves nobody; a journey of nothing else keeps all it has.
counted as (

    select *
    from touches
    qualify is_active or not bool_or(is_active) over (partition by journey_id)

),

placed as (

    select
        *,
        first_value(channel) over journey as entry_channel,
        last_value(journey_stage) over journey as final_stage,
        last_value(touchpoint_type) over journey as final_touchpoint_type,
        last_value(occurred_date) over journey as final_date,
        first_value(occurred_at) over stage as entered_at
    from counted
    window
        journey as (
            partition by journey_id order by touchpoint_number
            rows between unbounded preceding and unbounded following
        ),
        stage as (
            partition by journey_id, journey_stage order by touchpoint_number
            rows between unbounded preceding and unbounded following
        )

),

stages as (

    select
        journey_id,
        journey_stage,
        max(journey_number) as journey_number,
        max(entry_channel) as entry_channel,
        max(final_stage) as final_stage,
        max(final_touchpoint_type) as final_touchpoint_type,
        max(final_date) as final_date,
        min(touchpoint_number) as entry_number,
        min(entered_at) as entered_at,
        {{ newest('touchpoint_type', 'touchpoint_number') }} as last_touchpoint_type
    from placed
    group by journey_id, journey_stage

),

-- The stage that the journey came to first after it had entered this one, going back included.
left_at as (

    select
        stages.journey_id,
        stages.journey_stage,
        min(counted.occurred_at) as left_at
    from stages
    inner join counted
        on
            stages.journey_id = counted.journey_id
            and stages.journey_stage <> counted.journey_stage
            and stages.entry_number < counted.touchpoint_number
    group by stages.journey_id, stages.journey_stage

),

-- Each journey ends in one stage and went on from all others that it was in.
final as (

    select
        stages.journey_id,
        stages.journey_stage,
        case when stages.journey_number = 1 then 'new' else 'returning' end as segment,
        stages.entry_channel,
        stages.last_touchpoint_type,
        stages.final_date,
        case
            when stages.journey_stage <> stages.final_stage then 'continued'
            when stages.final_touchpoint_type = '{{ closing }}' then 'converted'
            else 'exited'
        end as outcome,
        case
            when stages.journey_stage <> stages.final_stage
                then {{ seconds_between('stages.entered_at', 'left_at.left_at') }}
        end as seconds_to_next_stage
    from stages
    left join left_at
        on
            stages.journey_id = left_at.journey_id
            and stages.journey_stage = left_at.journey_stage

)

select * from final
