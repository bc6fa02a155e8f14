{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'session_id', 'tells': ['session_number']},
    pre_hook="{{ note_affected('session_id', affected_matomo_sessions()) }}"
) }}

{#- What all events of a visit have from it, and what its first one alone tells: where the visit came from. #}
{%- set of_visit = [
    'account_id', 'user_pseudo_id', 'user_id', 'email_sha256', 'device_category', 'currency', 'page_host', 'partition_date',
    'loaded_at',
] %}
{%- set of_opening = [
    'page_referrer', 'tag_origin', 'tag_source', 'tag_medium', 'tag_campaign', 'tag_campaign_id', 'tag_term', 'gclid',
    'gbraid', 'wbraid', 'dclid', 'msclkid', 'ttclid', 'fbclid', 'url_ad_id',
] %}

with visits as {{ read_first() if is_incremental() else read_again() }} (

    {{ found_rows(ref('int_matomo_visits'), is_affected('session_id', of='found')) }}

),

action_types as (

    select * from {{ ref('matomo_action_types') }}

),

told_actions as {{ read_again() if not is_incremental() }} (

    select * from {{ ref('stg_matomo__actions') }}
    {%- if is_incremental() %}
    where
        partition_date in (select visits.partition_date from visits)
        and visit_id in (select visits.visit_id from visits)
    {%- endif %}

),

-- Actions are numbered without a gap.
crowded as (

    select distinct
        account_id,
        visit_id,
        partition_date
    from told_actions
    where action_number > {{ var('max_events_per_session') }}

),

judged as {{ read_again() if not is_incremental() }} (

    select
        visits.*,
        case
            when crowded.visit_id is not null then 'bot'
            when visits.last_action_at - visits.first_action_at > {{ days(var('max_session_days')) }} then 'over_long'
            when
                {{ has_impossible_clock('visits.first_action_at', 'visits.partition_date') }}
                or {{ has_impossible_clock('visits.last_action_at', 'visits.partition_date') }}
                then 'impossible_clock'
        end as visit_set_aside_reason
    from visits
    left join crowded
        on
            visits.account_id = crowded.account_id
            and visits.visit_id = crowded.visit_id
            and visits.partition_date = crowded.partition_date

),

-- The visit itself is its first event: where it came from stands there, also when Matomo shows none of its actions.
openings as (

    select
        source_record_id,
        session_id,
        1 as event_number,
        'visit' as event_name,
        cast(null as varchar) as touchpoint_type,
        first_action_at as occurred_at,
        page_location,
        cast(null as varchar) as transaction_id,
        cast(null as decimal(18, 6)) as revenue,
        {{ of_visit | join(',\n        ') }},
        {{ of_opening | join(',\n        ') }},
        visit_set_aside_reason as set_aside_reason
    from judged

),

-- A row for a name beats the row for all of its kind.
actions as {{ read_again() if not is_incremental() }} (

    select
        told_actions.source_record_id,
        judged.session_id,
        told_actions.action_number + 1 as event_number,
        told_actions.action_kind as event_name,
        case
            when named.action_type is null then general.touchpoint_type
            else named.touchpoint_type
        end as touchpoint_type,
        told_actions.occurred_at,
        told_actions.page_location,
        told_actions.transaction_id,
        told_actions.revenue,
        {%- for name in of_visit %}
        judged.{{ name }},
        {%- endfor %}
        {%- for name in of_opening %}
        cast(null as varchar) as {{ name }},
        {%- endfor %}
        coalesce(
            judged.visit_set_aside_reason,
            case
                when {{ has_impossible_clock('told_actions.occurred_at', 'told_actions.partition_date') }}
                    then 'impossible_clock'
            end
        ) as set_aside_reason
    from told_actions
    inner join judged
        on
            told_actions.account_id = judged.account_id
            and told_actions.visit_id = judged.visit_id
            and told_actions.partition_date = judged.partition_date
    left join action_types as named
        on told_actions.action_kind = named.action_type and told_actions.action_name = named.action_name
    left join action_types as general
        on told_actions.action_kind = general.action_type and general.action_name is null

),

-- One sale is one row: a reloaded page may report an order again. A night holds its reports against all before. One of
-- an impossible clock does not tell which was first.
reports as (

    select
        source_record_id,
        transaction_id,
        occurred_at
    from actions
    where
        touchpoint_type = 'purchase'
        and transaction_id is not null
        and set_aside_reason is distinct from 'impossible_clock'
    {%- if is_incremental() %}
    union all
    select
        source_record_id,
        transaction_id,
        occurred_at
    from {{ this }} as held
    where
        touchpoint_type = 'purchase'
        and transaction_id is not null
        and set_aside_reason is distinct from 'impossible_clock'
        and not {{ is_affected('session_id', of='held') }}
    {%- endif %}

),

reported as (

    select
        source_record_id,
        transaction_id,
        row_number() over (partition by transaction_id order by occurred_at, source_record_id) as report_number
    from reports

),

-- GA4 may watch the same shop.
sold_elsewhere as (

    select distinct transaction_id
    from {{ ref('int_ga4_events') }}
    where
        set_aside_reason is null
        and touchpoint_type = 'purchase'
        and transaction_id in (select reports.transaction_id from reports)

),

duplicates as (

    select reported.source_record_id
    from reported
    left join sold_elsewhere
        on reported.transaction_id = sold_elsewhere.transaction_id
    where reported.report_number > 1 or sold_elsewhere.transaction_id is not null

),

events as (

    select * from openings
    union all
    select * from actions

)

select
    events.source_record_id,
    events.session_id,
    {{ text_number(['events.session_id']) }} as session_number,
    events.event_number,
    events.event_name,
    events.touchpoint_type,
    events.occurred_at,
    events.page_location,
    events.transaction_id,
    events.revenue,
    {%- for name in of_visit + of_opening %}
    events.{{ name }},
    {%- endfor %}
    case
        when duplicates.source_record_id is not null then 'duplicate'
        else events.set_aside_reason
    end as set_aside_reason
from events
left join duplicates
    on events.source_record_id = duplicates.source_record_id
