{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='journey_id',
    meta={'affected_by': 'customer_id'},
    pre_hook="{{ note_affected('customer_id', affected_paths()) }}"
) }}

{%- set closing = var('closing_conversion') %}

with touches as {{ read_again() if not is_incremental() }} (

    select
        *,
        {{ content_number(['journey_id']) }} as journey_key
    from (
        {{ found_rows(ref('fct_customer_journey'), is_affected('customer_id', of='found')) }}
    ) as facts

),

{{ eligible_touches('touches') }},

-- Journeys are grouped by numbers of their ids: of texts, the groups of a long history do not fit into memory.
journeys as (

    select
        journey_key,
        max(occurred_at) as ended_at,
        bool_or(touchpoint_type = '{{ closing }}') as is_converting,
        coalesce(sum(case when touchpoint_type = '{{ closing }}' then conversion_value end), 0) as net_revenue,
        coalesce(sum(cost), 0) as cost
    from touches
    group by journey_key

),

-- Channels and paths are few, journeys many: channels are put in order as numbers, and each path is spelled once.
channels as (

    select
        channel,
        row_number() over (order by channel) as channel_number
    from (select distinct channel from touches) as distinct_channels

),

-- The window of credit, counted from the journey's end: its purchase, or its last touch so far.
credited as (

    select
        candidates.journey_key,
        {{ numbers_in_order('channels.channel_number', 'candidates.touchpoint_number') }} as channel_numbers,
        count(*) as path_length,
        max(candidates.days_to_conversion) as days_to_conversion
    from candidates
    inner join journeys on candidates.journey_key = journeys.journey_key
    inner join channels on candidates.channel = channels.channel
    where candidates.occurred_at >= journeys.ended_at - {{ days(var('attribution_window_days')) }}
    group by candidates.journey_key

),

opened as (

    select
        channel_numbers,
        {{ opened_list('channel_numbers', 'channel_number', 'place') }}
    from (select distinct channel_numbers from credited) as distinct_paths

),

spelled as (

    select
        opened.channel_numbers,
        {{ joined_in_order('channels.channel', ' > ', 'opened.place') }} as path
    from opened
    inner join channels on opened.channel_number = channels.channel_number
    group by opened.channel_numbers

),

paths as (

    select
        credited.journey_key,
        credited.path_length,
        credited.days_to_conversion,
        spelled.path
    from credited
    inner join spelled on credited.channel_numbers = spelled.channel_numbers

),

final as (

    select
        first_touches.journey_id,
        first_touches.customer_id,
        coalesce(paths.path, '(no touch)') as path,
        cast(coalesce(paths.path_length, 0) as integer) as path_length,
        journeys.is_converting,
        paths.days_to_conversion,
        cast(journeys.net_revenue as decimal(18, 6)) as net_revenue,
        cast(journeys.cost as decimal(18, 6)) as cost
    from touches as first_touches
    inner join journeys on first_touches.journey_key = journeys.journey_key
    left join paths on first_touches.journey_key = paths.journey_key
    where first_touches.touchpoint_number = 1

)

select * from final
