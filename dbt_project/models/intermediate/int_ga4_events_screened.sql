{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'visitor_id', 'tells': ['visitor_id']},
    pre_hook="{{ note_affected('visitor_id', affected_visitors()) }}"
) }}

with {% if is_incremental() -%}
-- Sales are told apart across devices, so the devices that name the same sales are read along.
read_along as (

    select distinct sales.visitor_id
    from {{ ref('stg_ga4__events') }} as sales
    inner join {{ ref('stg_ga4__events') }} as events
        on sales.transaction_id = events.transaction_id
    where {{ is_affected('visitor_id', of='events') }}

),

{% endif -%}
events as (

    select
        events.*,
        event_types.touchpoint_type
    from {{ ref('stg_ga4__events') }} as events
    left join {{ ref('event_types') }} as event_types
        on events.event_name = event_types.event_name
    {%- if is_incremental() %}
    where
        {{ is_affected('visitor_id', of='events') }}
        or events.visitor_id in (select read_along.visitor_id from read_along)
    {%- endif %}

),

-- A client clock far from its table's date says nothing about when the event happened.
clocked as (

    select
        events.*,
        {{ reporting_date('occurred_at') }} < partition_date - {{ var('max_clock_lag_days') }}
        or {{ reporting_date('occurred_at') }} > partition_date + 1 as has_impossible_clock
    from events

),

-- The same delivery twice; parameters count only where the export has no bundle columns to tell deliveries apart.
delivered as (

    select
        clocked.*,
        row_number() over (
            partition by
                has_impossible_clock,
                account_id,
                event_timestamp,
                event_name,
                user_pseudo_id,
                ga_session_id,
                event_bundle_sequence_id,
                batch_event_index,
                case when event_bundle_sequence_id is null or batch_event_index is null then parameters_number end
            order by partition_date, source_record_id
        ) as delivery_number
    from clocked

),

-- The same sale reported again, by a reloaded page for example; the earliest stays. A sale may be refunded in equal
-- parts, so a refund is the same only where its moment is.
reported as (

    select
        delivered.*,
        row_number() over (
            partition by
                has_impossible_clock,
                delivery_number > 1,
                touchpoint_type,
                transaction_id,
                case when touchpoint_type = 'refund' then refund_value end,
                case when touchpoint_type = 'refund' then event_timestamp end
            order by event_timestamp, source_record_id
        ) as report_number
    from delivered

),

screened as (

    select
        * exclude (has_impossible_clock, delivery_number, report_number),
        case
            when has_impossible_clock then 'impossible_clock'
            when delivery_number > 1 then 'duplicate'
            when touchpoint_type in ('purchase', 'refund') and transaction_id is not null and report_number > 1
                then 'duplicate'
        end as set_aside_reason
    from reported

)

select * from screened
where {{ is_affected('visitor_id', of='screened') }}
