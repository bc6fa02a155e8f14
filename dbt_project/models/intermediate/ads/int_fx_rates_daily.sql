{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['rate_date', 'currency'],
    meta={'tells': ['rate_date']}
) }}

{%- set days_carried = 7 %}

with published as (

    select
        rate_date,
        currency,
        units_per_euro
    from {{ ref('stg_exchange_rates__reference_rates') }}
    where units_per_euro > 0

),

-- The European Central Bank publishes units of a currency per euro; the euro itself is not in its list.
legs as (

    select
        rate_date,
        currency,
        units_per_euro
    from published

    union all

    select distinct
        rate_date,
        'EUR' as currency,
        cast(1 as decimal(18, 6)) as units_per_euro
    from published

),

reporting_legs as (

    select
        rate_date,
        units_per_euro
    from legs
    where currency = '{{ var("reporting_currency") }}'

),

-- One unit of the currency in the reporting currency, through the euro, both legs of the same publication.
crossed as (

    select
        legs.rate_date as published_on,
        legs.currency,
        cast(
            round(cast(reporting_legs.units_per_euro as double) / cast(legs.units_per_euro as double), 12)
            as decimal(20, 12)
        ) as rate_to_reporting
    from legs
    inner join reporting_legs
        on legs.rate_date = reporting_legs.rate_date
    where legs.currency <> '{{ var("reporting_currency") }}'

),

carry as (

    select offsets.days_carried
    from (
        values
        {%- for days in range(days_carried + 1) %}
        ({{ days }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as offsets (days_carried)

),

-- A publication stands for its own day and the days after it, until the next one or for a week, whichever ends first.
carried as (

    select
        cast(crossed.published_on + {{ days('carry.days_carried') }} as date) as rate_date,
        crossed.currency,
        crossed.rate_to_reporting,
        crossed.published_on
    from crossed
    cross join carry
    qualify row_number() over (
        partition by crossed.currency, cast(crossed.published_on + {{ days('carry.days_carried') }} as date)
        order by crossed.published_on desc
    ) = 1

),

-- Money in the reporting currency needs no bank: its rate is 1 on every day that any source can hold.
calendar as (

    select cast(every_day.rate_date as date) as rate_date
    from
        {{ every_day(var('calendar_first_date', '2010-01-01'), var('calendar_last_date', '2049-12-31')) }}
            as every_day (rate_date)

),

final as (

    select
        rate_date,
        currency,
        rate_to_reporting,
        published_on
    from carried

    union all

    select
        rate_date,
        '{{ var("reporting_currency") }}' as currency,
        cast(1 as decimal(20, 12)) as rate_to_reporting,
        rate_date as published_on
    from calendar

)

select * from final
