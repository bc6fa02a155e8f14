with kinds as (

    select
        kind_order,
        kind,
        {{ told_settings(
            'what', ['max_clock_lag_days', 'max_events_per_session', 'max_session_days', 'crowded_customer_touchpoints']
        ) }} as what,
        outcome,
        counted_by
    from {{ ref('bad_input_kinds') }}

),

site_events_set_aside as (

    select * from {{ ref('int_site_events_set_aside') }}

),

file_events as (

    select * from {{ ref('int_first_party_events') }}
    where touchpoint_type in ('purchase', 'refund')

),

trade as (

    select
        source_record_id,
        touchpoint_type,
        transaction_id,
        currency,
        case when touchpoint_type = 'purchase' then revenue else refund_value end as amount,
        case when touchpoint_type = 'purchase' then revenue is null else has_unread_refund end as has_unknown_amount
    from {{ ref('int_site_sales') }}
    union all
    select
        source_record_id,
        touchpoint_type,
        transaction_id,
        currency,
        amount,
        touchpoint_type = 'purchase' and amount is null as has_unknown_amount
    from file_events
    where set_aside_reason is null

),

set_aside as (

    select
        case set_aside_reason
            when 'bot' then 'too_many_events'
            when 'over_long' then 'over_long_session'
            else set_aside_reason
        end as kind,
        source_record_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from site_events_set_aside
    where set_aside_reason in ('bot', 'over_long', 'impossible_clock')

),

crowded as (

    select
        'crowded_customer' as kind,
        customer_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from {{ ref('dim_customers') }}
    where touchpoint_count > {{ var('crowded_customer_touchpoints') }}

),

untouched as (

    select
        'conversion_without_touch' as kind,
        conversions.conversion_id as record_id,
        conversions.net_value as amount
    from {{ ref('int_conversions') }} as conversions
    left join {{ ref('int_eligible_touches') }} as touches
        on conversions.conversion_id = touches.conversion_id and touches.touch_position = 1
    where conversions.customer_id is not null and touches.conversion_id is null

),

told_again as (

    select
        'transaction_again' as kind,
        source_record_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from (
        select
            source_record_id,
            touchpoint_type,
            transaction_id,
            set_aside_reason
        from site_events_set_aside
        union all
        select
            source_record_id,
            touchpoint_type,
            transaction_id,
            set_aside_reason
        from file_events
    ) as told
    where touchpoint_type = 'purchase' and transaction_id is not null and set_aside_reason = 'duplicate'

),

over_sale as (

    select
        'refund_over_sale' as kind,
        conversion_id as record_id,
        excess_refund as amount
    from {{ ref('int_conversions') }}
    where excess_refund > 0

),

sales as (

    select
        conversion_id,
        transaction_id,
        net_value
    from {{ ref('int_conversions') }}
    where touchpoint_type = 'purchase' and transaction_id is not null

),

-- What was sold, also where the settings call it no conversion.
sold as (

    select distinct transaction_id
    from trade
    where touchpoint_type = 'purchase' and transaction_id is not null

),

without_sale as (

    select
        'refund_without_sale' as kind,
        trade.source_record_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from trade
    left join sold on trade.transaction_id = sold.transaction_id
    where trade.touchpoint_type = 'refund' and sold.transaction_id is null

),

-- A refund that names no currency is in that of its sale.
currencies as (

    select transaction_id
    from trade
    where transaction_id is not null
    group by transaction_id
    having count(
        distinct coalesce(currency, case when touchpoint_type = 'purchase' then '{{ var("reporting_currency") }}' end)
    ) > 1

),

several_currencies as (

    select
        'several_currencies' as kind,
        sales.conversion_id as record_id,
        sales.net_value as amount
    from sales
    inner join currencies on sales.transaction_id = currencies.transaction_id

),

negative_amounts as (

    select
        'negative_amount' as kind,
        source_record_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from trade
    where amount < 0

),

unknown_amounts as (

    select
        'unknown_amount' as kind,
        source_record_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from trade
    where has_unknown_amount

),

shared_devices as (

    select distinct
        'shared_device' as kind,
        left_identifier as record_id,
        cast(null as decimal(18, 6)) as amount
    from {{ ref('identity_merges') }}
    where decision = 'kept_apart' and left_identifier_type = 'device'

),

long_tags as (

    select
        'long_tag' as kind,
        session_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from {{ ref('int_sessions') }}
    where greatest(length(source), length(medium), length(campaign_name), length(campaign_id), length(term)) > 255

),

unknown_clicks as (

    select
        'unknown_click_id' as kind,
        touches.touchpoint_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from {{ ref('int_ad_touches') }} as touches
    left join {{ ref('stg_google_ads__clicks') }} as clicks on touches.click_id = clicks.gclid
    where touches.click_id_type = 'gclid' and clicks.gclid is null

),

unknown_time_zones as (

    select
        'unknown_time_zone' as kind,
        platform || '/' || account_id as record_id,
        cast(null as decimal(18, 6)) as amount
    from {{ ref('int_ad_accounts') }}
    where account_time_zone is null

),

found as (

    select * from set_aside
    union all
    select * from crowded
    union all
    select * from untouched
    union all
    select * from told_again
    union all
    select * from over_sale
    union all
    select * from without_sale
    union all
    select * from several_currencies
    union all
    select * from negative_amounts
    union all
    select * from unknown_amounts
    union all
    select * from shared_devices
    union all
    select * from long_tags
    union all
    select * from unknown_clicks
    union all
    select * from unknown_time_zones

),

-- A kind that did not occur stands there with 0: looked for, and not found.
counted as (

    select
        kinds.kind_order,
        kinds.kind,
        kinds.what,
        kinds.outcome,
        kinds.counted_by,
        cast(count(found.record_id) as integer) as records,
        cast(sum(found.amount) as decimal(18, 6)) as amount,
        '{{ var("reporting_currency") }}' as currency,
        min(found.record_id) as first_record_id
    from kinds
    left join found on kinds.kind = found.kind
    group by kinds.kind_order, kinds.kind, kinds.what, kinds.outcome, kinds.counted_by

)

select * from counted
