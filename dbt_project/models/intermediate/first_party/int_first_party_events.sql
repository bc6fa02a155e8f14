{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': ['account_id', 'event_id'], 'tells': ['source_record_id', 'transaction_id']},
    pre_hook="{{ note_affected(['account_id', 'event_id'], affected_file_events()) }}"
) }}

with asked_for as (

    select
        account_id,
        event_id,
        transaction_id
    from {{ ref('stg_first_party__events') }} as told
    where {{ is_affected(['account_id', 'event_id'], of='told') }}

),

-- Beside these all that reports the same sales, in all its deliveries: one is told by the others.
read_together as (

    select
        account_id,
        event_id
    from asked_for
    union all
    select
        account_id,
        event_id
    from {{ ref('stg_first_party__events') }}
    where transaction_id in (select asked_for.transaction_id from asked_for)

),

delivered as (

    select * from {{ ref('stg_first_party__events') }} as told
    {%- if is_incremental() %}
    where
        exists (
            select 1 from read_together
            where told.account_id = read_together.account_id and told.event_id = read_together.event_id
        )
    {%- endif %}

),

site_sales as (

    select * from {{ ref('int_site_sales') }}
    {%- if is_incremental() %}
    where transaction_id in (select delivered.transaction_id from delivered)
    {%- endif %}

),

events as (

    select
        events.*,
        event_types.touchpoint_type,
        coalesce(channels.channel, 'Unassigned') as channel,
        coalesce(channels.medium, '(not set)') as medium,
        -- What names nobody cannot be tied to anybody, and what denies consent may not be.
        events.consent_state <> 'denied'
        and coalesce(events.user_id, events.email_sha256, events.device_id) is not null as has_consent
    from delivered as events
    left join {{ ref('first_party_event_types') }} as event_types
        on events.event_type = event_types.event_type
    left join {{ ref('first_party_channels') }} as channels
        on events.first_party_channel = channels.first_party_channel

),

-- The same event in the files of two days; the earliest stays.
exported as (

    select
        events.*,
        row_number() over (
            partition by account_id, event_id order by partition_date, source_record_id
        ) as export_number
    from events

),

-- A refund that names no currency is in that of its sale: of the one that counts, the site's before a file's.
sold as (

    select
        transaction_id,
        currency
    from (
        select
            transaction_id,
            currency,
            1 as place,
            occurred_at,
            source_record_id
        from site_sales
        where touchpoint_type = 'purchase'
        union all
        select
            transaction_id,
            currency,
            2 as place,
            occurred_at,
            source_record_id
        from exported
        where touchpoint_type = 'purchase' and export_number = 1
    ) as told
    where transaction_id is not null
    qualify row_number() over (partition by transaction_id order by place, occurred_at, source_record_id) = 1

),

paid_back as (

    select
        exported.*,
        case when exported.touchpoint_type = 'refund' then exported.amount end as refund_value,
        case
            when exported.touchpoint_type = 'refund'
                then coalesce(exported.currency, sold.currency, '{{ var("reporting_currency") }}')
        end as refund_currency
    from exported
    left join sold on exported.transaction_id = sold.transaction_id

),

-- One sale is one row, whoever reports it again. Refunds have names of their own, and two may be of the same amount.
reported as (

    select
        paid_back.*,
        row_number() over (
            partition by export_number > 1, touchpoint_type, transaction_id, refund_value, refund_currency
            order by occurred_at, source_record_id
        ) as report_number
    from paid_back

),

-- What the site has told already. It knows the visit, so it stays: of equal refunds as many as it told.
on_site as (

    select
        sales.touchpoint_type,
        sales.transaction_id,
        case when sales.touchpoint_type = 'refund' then abs(sales.refund_value) end as refund_value,
        case
            when sales.touchpoint_type = 'refund'
                then coalesce(sales.currency, sold.currency, '{{ var("reporting_currency") }}')
        end as refund_currency,
        count(*) as times_told
    from site_sales as sales
    left join sold on sales.transaction_id = sold.transaction_id
    where sales.transaction_id is not null
    group by all

),

compared as (

    select
        reported.*,
        on_site.transaction_id is not null
        and (reported.touchpoint_type = 'purchase' or reported.report_number <= on_site.times_told) as is_told_on_site
    from reported
    left join on_site
        on
            reported.touchpoint_type = on_site.touchpoint_type
            and reported.transaction_id = on_site.transaction_id
            and (
                reported.touchpoint_type = 'purchase'
                or (reported.refund_value = on_site.refund_value and reported.refund_currency = on_site.refund_currency)
            )

),

screened as (

    select
        * exclude (export_number, refund_value, refund_currency, report_number, is_told_on_site),
        case
            when export_number > 1 or is_told_on_site then 'duplicate'
            when touchpoint_type = 'purchase' and transaction_id is not null and report_number > 1 then 'duplicate'
        end as set_aside_reason
    from compared
    where {{ is_affected(['account_id', 'event_id'], of='compared') }}

)

select * from screened
