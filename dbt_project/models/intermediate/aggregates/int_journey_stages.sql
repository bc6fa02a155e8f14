{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['journey_id', 'journey_stage'],
    meta={'affected_by': 'customer_id'},
    pre_hook="{{ note_affected('customer_id', affected_paths()) }}"
) }}

{%- set closing = var('closing_conversion') %}

with touches as {{ read_again() if not is_incremental() }} (

    select
        customer_id,
        journey_id,
        journey_number,
        touchpoint_number,
        touchpoint_type,
        journey_stage,
        channel,
        occurred_at,
        occurred_date,
        not is_machine and touchpoint_type <> 'email_delivered' as is_active
    from {{ ref('fct_customer_journey') }} as facts
    where {{ is_affected('customer_id', of='facts') }}

),

-- What the brand sends and what a machine opens moves nobody; a journey of nothing else keeps all it has.
moved as (

    select
        journey_id,
        bool_or(is_active) as is_moved
    from touches
    group by journey_id

),

counted as {{ read_again() if not is_incremental() }} (

    select touches.*
    from touches
    inner join moved on touches.journey_id = moved.journey_id
    where touches.is_active or not moved.is_moved

),

stages as (

    select
        customer_id,
        journey_id,
        journey_stage,
        max(journey_number) as journey_number,
        min(touchpoint_number) as entry_number,
        max(touchpoint_number) as last_number,
        {{ first_by('channel', 'touchpoint_number') }} as entry_channel,
        {{ first_by('occurred_at', 'touchpoint_number') }} as entered_at,
        {{ last_by('touchpoint_type', 'touchpoint_number') }} as last_touchpoint_type,
        {{ last_by('occurred_date', 'touchpoint_number') }} as last_date
    from counted
    group by customer_id, journey_id, journey_stage

),

journeys as (

    select
        journey_id,
        {{ first_by('entry_channel', 'entry_number') }} as entry_channel,
        {{ last_by('journey_stage', 'last_number') }} as final_stage,
        {{ last_by('last_touchpoint_type', 'last_number') }} as final_touchpoint_type,
        {{ last_by('last_date', 'last_number') }} as final_date
    from stages
    group by journey_id

),

-- The stage that the journey came to first after it had entered this one, going back included.
left_at as (

    select
        stages.journey_id,
        stages.journey_stage,
        min(counted.occurred_at) as left_at
    from stages
    inner join journeys on stages.journey_id = journeys.journey_id and stages.journey_stage <> journeys.final_stage
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
        stages.customer_id,
        stages.journey_id,
        stages.journey_stage,
        case when stages.journey_number = 1 then 'new' else 'returning' end as segment,
        journeys.entry_channel,
        stages.last_touchpoint_type,
        journeys.final_date,
        case
            when stages.journey_stage <> journeys.final_stage then 'continued'
            when journeys.final_touchpoint_type = '{{ closing }}' then 'converted'
            else 'exited'
        end as outcome,
        case
            when stages.journey_stage <> journeys.final_stage
                then {{ micros_between('stages.entered_at', 'left_at.left_at') }}
        end as micros_to_next_stage
    from stages
    inner join journeys on stages.journey_id = journeys.journey_id
    left join left_at
        on
            stages.journey_id = left_at.journey_id
            and stages.journey_stage = left_at.journey_stage

)

select * from final
