{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='touchpoint_id',
    meta={'affected_by': 'touchpoint_id', 'tells': ['conversion_id', 'customer_id', 'touchpoint_id']},
    pre_hook="{{ note_affected('touchpoint_id', affected_sales()) }}"
) }}

{%- set conversion_events = var('conversion_events') %}
{%- set closing = var('closing_conversion') %}

-- Refunds, and sales without consent: the others are touches.
with events as (

    select
        {{ hashed_id(["'event'", 'source_record_id']) }} as touchpoint_id,
        touchpoint_type,
        occurred_at,
        transaction_id,
        revenue,
        refund_value,
        has_unread_refund,
        currency,
        has_consent
    from {{ ref('int_site_sales') }}
    where touchpoint_type = 'refund' or not has_consent
    union all
    select
        {{ hashed_id(["'first_party'", 'source_record_id']) }} as touchpoint_id,
        touchpoint_type,
        occurred_at,
        transaction_id,
        amount as revenue,
        amount as refund_value,
        false as has_unread_refund,
        currency,
        has_consent
    from {{ ref('int_first_party_events') }}
    where set_aside_reason is null and (touchpoint_type = 'refund' or not has_consent)

),

touches as (

    {{ found_rows(
        ref('int_touchpoints'),
        'found.touchpoint_type in (' ~ quoted(conversion_events) ~ ') and ' ~ is_affected('touchpoint_id', of='found')
    ) }}

),

of_customers as (

    select
        touchpoint_id,
        customer_id,
        {{ journey_id('customer_id', 'journey_number') }} as journey_id,
        journey_number,
        customer_touch_number,
        touchpoint_type,
        occurred_at as converted_at,
        transaction_id,
        revenue,
        revenue_currency
    from touches

),

-- A sale without consent is a sale, and nobody's.
of_nobody as (

    select
        touchpoint_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as journey_id,
        cast(null as integer) as journey_number,
        cast(null as bigint) as customer_touch_number,
        touchpoint_type,
        occurred_at as converted_at,
        transaction_id,
        revenue,
        currency as revenue_currency
    from events
    where
        not has_consent
        and touchpoint_type = 'purchase'
        {%- if 'purchase' not in conversion_events %}
        and false
        {%- endif %}
        and {{ is_affected('touchpoint_id', of='events') }}

),

found as (

    select * from of_customers
    union all
    select * from of_nobody

),

typed as (

    select
        found.*,
        case touchpoint_type
            {%- for touchpoint_type, conversion_type in conversion_events.items() %}
            when '{{ touchpoint_type }}' then '{{ conversion_type }}'
            {%- endfor %}
        end as conversion_type,
        {{ reporting_date('converted_at') }} as converted_date,
        case when touchpoint_type = 'purchase' then revenue else 0 end as original_value,
        coalesce(revenue_currency, '{{ var("reporting_currency") }}') as original_currency
    from found

),

-- What is paid back is taken off, whichever sign the site gives it. One that cannot be read leaves the sum unknown, and
-- so does a sum that no column holds.
refunds as (

    select
        transaction_id,
        currency as refund_currency,
        case
            when not bool_or(coalesce(has_unread_refund, false))
                then try_cast(sum(abs(refund_value)) as decimal(18, 6))
        end as refund_value,
        bool_or(refund_value is null and not coalesce(has_unread_refund, false)) as is_whole_sale
    from events
    where touchpoint_type = 'refund' and transaction_id is not null
    group by transaction_id, currency

),

rates as (

    select * from {{ ref('int_fx_rates_daily') }}

),

-- A refund counts at the rate of the sale's day, so a sale that is paid back whole nets to nothing.
paid_back as (

    select
        typed.touchpoint_id,
        refunds.is_whole_sale,
        refunds.refund_value
        * case
            when
                refunds.refund_value = 0
                or coalesce(refunds.refund_currency, typed.original_currency) = '{{ var("reporting_currency") }}'
                then 1
            else rates.rate_to_reporting
        end as amount
    from typed
    inner join refunds on typed.transaction_id = refunds.transaction_id
    left join rates
        on
            typed.converted_date = rates.rate_date
            and coalesce(refunds.refund_currency, typed.original_currency) = rates.currency
    where typed.touchpoint_type = 'purchase'

),

-- One amount without a rate leaves the sum unknown: a sum of the others would say that it was nothing.
refunded as (

    select
        touchpoint_id,
        bool_or(is_whole_sale) as is_whole_sale,
        case when count(*) = count(amount) then round(sum(amount), 6) end as refunded_value
    from paid_back
    group by touchpoint_id

),

-- Without a rate the amount stays unknown; it is never taken for one to one.
valued as (

    select
        typed.*,
        try_cast(round(
            typed.original_value
            * case
                when typed.original_value = 0 or typed.original_currency = '{{ var("reporting_currency") }}' then 1
                else rates.rate_to_reporting
            end, 6
        ) as decimal(18, 6)) as gross_value
    from typed
    left join rates
        on typed.converted_date = rates.rate_date and typed.original_currency = rates.currency

),

netted as (

    select
        valued.*,
        -- Of a sale below zero nothing can be paid back. What is unknown stays so: least() would take the sale for it.
        cast(case
            when refunded.touchpoint_id is null then 0
            when refunded.is_whole_sale or refunded.refunded_value > valued.gross_value
                then case when valued.gross_value < 0 then 0 else valued.gross_value end
            when valued.gross_value is not null then refunded.refunded_value
        end as decimal(18, 6)) as refunded_value,
        try_cast(case
            when refunded.is_whole_sale or coalesce(refunded.refunded_value <= valued.gross_value, true) then 0
            else refunded.refunded_value - greatest(valued.gross_value, 0)
        end as decimal(18, 6)) as excess_refund
    from valued
    left join refunded on valued.touchpoint_id = refunded.touchpoint_id

),

{% if closing == 'purchase' -%}
-- A purchase ends its journey, so the customer's first is the one in the first journey.
numbered as (

    select
        *,
        journey_number = 1 as is_first
    from netted

),

{% else -%}
-- Where journeys do not end with purchases, the customer's first one is looked for.
first_purchases as (

    select
        customer_id,
        min(customer_touch_number) as first_number
    from {{ ref('int_touchpoints') }}
    where touchpoint_type = 'purchase' and customer_id in (select of_customers.customer_id from of_customers)
    group by customer_id

),

numbered as (

    select
        netted.*,
        coalesce(netted.customer_touch_number = first_purchases.first_number, false) as is_first
    from netted
    left join first_purchases on netted.customer_id = first_purchases.customer_id

),

{% endif -%}
named as (

    select
        case
            when touchpoint_type = 'purchase' and transaction_id is not null
                then conversion_type || ':' || transaction_id
            else conversion_type || ':' || touchpoint_id
        end as conversion_id,
        touchpoint_id,
        customer_id,
        journey_id,
        journey_number,
        customer_touch_number,
        conversion_type,
        touchpoint_type,
        converted_at,
        converted_date,
        transaction_id,
        gross_value,
        refunded_value,
        cast(gross_value - refunded_value as decimal(18, 6)) as net_value,
        excess_refund,
        original_value,
        original_currency,
        case when customer_id is not null then touchpoint_type = 'purchase' and is_first end as is_new_customer
    from numbered

)

select * from named
