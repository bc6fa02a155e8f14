{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['event_timestamp', 'record_number'],
    meta={'affected_by': 'event_timestamp', 'tells': ['visitor_number', 'event_timestamp']},
    pre_hook="{{ note_affected('event_timestamp', affected_moments()) }}"
) }}

{#- Parameters count only where the export has no bundle columns to tell deliveries apart. #}
{%- set delivery = [
    'account_id', 'event_timestamp', 'event_name', 'user_pseudo_id', 'ga_session_id', 'event_bundle_sequence_id',
    'batch_event_index',
    'case when event_bundle_sequence_id is null or batch_event_index is null then parameters_number end',
] %}

with {% if is_incremental() -%}
sales as (

    select
        event_timestamp,
        transaction_id
    from {{ ref('stg_ga4__events') }}
    where transaction_id is not null

),

-- A sale is told apart from all its reports, so the moments of these are read along.
read_along as (

    select event_timestamp from changes.{{ this.identifier }}__affected
    union
    select event_timestamp from sales
    where transaction_id in (
        select asked.transaction_id from sales as asked
        where {{ is_affected('event_timestamp', of='asked') }}
    )

),

{% endif -%}
-- A night looks for what it asks for among all events once; a full build has nothing to look for.
events as {{ read_first() if is_incremental() else read_again() }} (

    select * from {{ ref('stg_ga4__events') }}
    {%- if is_incremental() %}
    where event_timestamp in (select read_along.event_timestamp from read_along)
    {%- endif %}

),

-- Deliveries that may have come twice are few: they are found by a number, and only they are compared.
repeated_deliveries as (

    select {{ content_number(delivery) }} as delivery_number
    from events
    group by delivery_number
    having count(*) > 1

),

-- A client clock far from its table's date says nothing about when the event happened.
clocked as (

    select
        events.*,
        event_types.touchpoint_type,
        {{ has_impossible_clock('events.occurred_at', 'events.partition_date') }} as has_impossible_clock
    from events
    left join {{ ref('event_types') }} as event_types
        on events.event_name = event_types.event_name

),

doubtful as (

    select
        {{ ga4_record_id() }} as source_record_id,
        record_number,
        visitor_number,
        account_id,
        event_timestamp,
        event_name,
        user_pseudo_id,
        ga_session_id,
        event_bundle_sequence_id,
        batch_event_index,
        parameters_number,
        partition_date,
        touchpoint_type,
        transaction_id,
        refund_value,
        has_impossible_clock,
        touchpoint_type in ('purchase', 'refund') and transaction_id is not null as is_report
    from clocked
    where
        has_impossible_clock
        or (touchpoint_type in ('purchase', 'refund') and transaction_id is not null)
        or {{ content_number(delivery) }} in (select repeated_deliveries.delivery_number from repeated_deliveries)

),

-- The same delivery twice.
delivered as (

    select
        doubtful.*,
        row_number() over (
            partition by has_impossible_clock, {{ delivery | join(', ') }}
            order by partition_date, source_record_id
        ) as delivery_number
    from doubtful

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
                is_report,
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
        event_timestamp,
        record_number,
        visitor_number,
        case
            when has_impossible_clock then 'impossible_clock'
            when delivery_number > 1 then 'duplicate'
            when is_report and report_number > 1 then 'duplicate'
        end as set_aside_reason
    from reported

)

select * from screened
where set_aside_reason is not null and {{ is_affected('event_timestamp', of='screened') }}
