-- Landed days and touched days: a touch can lie a day beside its partition, in the reporting zone. Exchange rates are
-- read for days before the first, to have one on each: nothing of the brand is known of these.
with bounds as (

    select
        min(dt) as first_date,
        max(dt) as last_date
    from {{ source('landing', 'load_ledger') }}
    where kind = 'daily' and status in ('landed', 'unchanged') and source <> 'exchange_rates'
    union all
    select
        min(occurred_date) as first_date,
        max(occurred_date) as last_date
    from {{ ref('fct_customer_journey') }}
    union all
    select
        min(converted_date) as first_date,
        max(converted_date) as last_date
    from {{ ref('fct_conversions') }}

),

spine as (

    select {{ days_between('min(first_date)', 'max(last_date)') }} as date
    from bounds

),

final as (

    select
        cast(date as date) as date,
        cast(extract(year from date) as integer) as year,
        cast(extract(quarter from date) as integer) as quarter,
        cast(extract(month from date) as integer) as month,
        cast(date_trunc('month', date) as date) as month_start_date,
        cast(extract(isoyear from date) as integer) as iso_year,
        cast(extract(week from date) as integer) as iso_week,
        cast(date_trunc('week', date) as date) as week_start_date,
        cast(extract(day from date) as integer) as day_of_month,
        cast(extract(isodow from date) as integer) as iso_day_of_week,
        extract(isodow from date) in (6, 7) as is_weekend
    from spine

)

select * from final
