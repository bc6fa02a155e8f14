-- The value on the journey's rows is the value of the customers' conversions, and net is gross less refunds.
with sums as (

    select
        (select coalesce(sum(conversion_value), 0) from {{ ref('fct_customer_journey') }}) as journey_value,
        (
            select coalesce(sum(net_value), 0) from {{ ref('fct_conversions') }}
            where customer_id is not null
        ) as conversion_value,
        (
            select count(*) from {{ ref('fct_conversions') }}
            where net_value is distinct from gross_value - refunded_value or net_value < least(gross_value, 0)
        ) as wrong_nets

)

select * from sums
where journey_value <> conversion_value or wrong_nets > 0
