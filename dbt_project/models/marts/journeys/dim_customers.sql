{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='customer_id',
    meta={'affected_by': 'customer_id', 'compares': false},
    pre_hook="{{ note_affected('customer_id', affected_customer_rows()) }}"
) }}

-- An identifier may be a customer's more than once, for a time each.
with identifiers as (

    select
        customer_id,
        identifier_type,
        identifier,
        min(valid_from) as first_identifier_at
    from {{ ref('dim_identities') }} as identities
    where {{ is_affected('customer_id', of='identities') }}
    group by customer_id, identifier_type, identifier

),

identities as (

    select
        customer_id,
        bool_or(identifier_type <> 'device') as is_identified,
        min(first_identifier_at) as first_identifier_at,
        count(case when identifier_type = 'device' then 1 end) as device_count,
        count(case when identifier_type = 'email_sha256' then 1 end) as email_count,
        count(case when identifier_type = 'user_id' then 1 end) as user_id_count
    from identifiers
    group by customer_id

),

touches as (

    select * from {{ ref('int_customer_touches') }} as customer_touches
    where {{ is_affected('customer_id', of='customer_touches') }}

),

purchases as (

    select
        customer_id,
        count(*) as purchase_count,
        min(converted_at) as first_purchase_at,
        max(converted_at) as last_purchase_at,
        sum(gross_value) as gross_revenue,
        sum(refunded_value) as refunded_revenue,
        sum(net_value) as net_revenue
    from {{ ref('int_conversions') }} as conversions
    where
        touchpoint_type = 'purchase'
        and customer_id is not null
        and {{ is_affected('customer_id', of='conversions') }}
    group by customer_id

),

segments as (

    select * from {{ ref('int_customer_segments') }} as customer_segments
    where {{ is_affected('customer_id', of='customer_segments') }}

),

final as (

    select
        identities.customer_id,
        identities.is_identified,
        segments.lifecycle_stage,
        segments.next_best_stage,
        coalesce(touches.is_loyalty_member, false) as is_loyalty_member,
        least(identities.first_identifier_at, touches.first_touch_at) as first_seen_at,
        touches.last_touch_at as last_seen_at,
        touches.first_touch_channel,
        cast(identities.device_count as integer) as device_count,
        cast(identities.email_count as integer) as email_count,
        cast(identities.user_id_count as integer) as user_id_count,
        cast(coalesce(touches.touchpoint_count, 0) as integer) as touchpoint_count,
        cast(coalesce(touches.session_count, 0) as integer) as session_count,
        cast(coalesce(touches.journey_count, 0) as integer) as journey_count,
        cast(coalesce(purchases.purchase_count, 0) as integer) as purchase_count,
        purchases.first_purchase_at,
        purchases.last_purchase_at,
        cast(coalesce(purchases.gross_revenue, 0) as decimal(18, 6)) as gross_revenue,
        cast(coalesce(purchases.refunded_revenue, 0) as decimal(18, 6)) as refunded_revenue,
        cast(coalesce(purchases.net_revenue, 0) as decimal(18, 6)) as net_revenue,
        cast(coalesce(touches.ad_cost, 0) as decimal(18, 6)) as ad_cost,
        '{{ var("reporting_currency") }}' as currency,
        segments.recency_days,
        segments.frequency,
        segments.monetary,
        segments.recency_score,
        segments.frequency_score,
        segments.monetary_score,
        segments.rfm_segment
    from identities
    left join touches on identities.customer_id = touches.customer_id
    left join purchases on identities.customer_id = purchases.customer_id
    left join segments on identities.customer_id = segments.customer_id

)

select * from final
