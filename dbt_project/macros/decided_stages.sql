{#
  From the CTE `placed` (touchpoint_type, is_decision_arrival) to the CTE `decided`: one row per combination of these with
  is_after_first_purchase and is_first_of_customer, with a number and its journey_stage: the first rule of the seed
  journey_stage_rules that holds. The rules are asked once for each combination, not once for each touch.
#}
{% macro decided_stages() -%}
situations as (

    select
        kinds.*,
        answers.is_after_first_purchase,
        answers.is_first_of_customer
    from (
        select distinct
            touchpoint_type,
            is_decision_arrival
        from placed
    ) as kinds
    cross join (
        values (false, false), (false, true), (true, false), (true, true)
    ) as answers (is_after_first_purchase, is_first_of_customer)

),

decided as {{ read_first() }} (

    select
        situations.*,
        cast(
            row_number() over (
                order by
                    situations.touchpoint_type,
                    situations.is_decision_arrival,
                    situations.is_after_first_purchase,
                    situations.is_first_of_customer,
                    rules.rule_order
            ) as integer
        ) as situation_number,
        rules.journey_stage
    from situations
    inner join {{ ref('journey_stage_rules') }} as rules
        on
            situations.is_after_first_purchase
            = coalesce(rules.is_after_first_purchase, situations.is_after_first_purchase)
            and situations.touchpoint_type = coalesce(rules.touchpoint_type, situations.touchpoint_type)
            and situations.is_first_of_customer = coalesce(rules.is_first_of_customer, situations.is_first_of_customer)
            and situations.is_decision_arrival = coalesce(rules.is_decision_arrival, situations.is_decision_arrival)
    qualify row_number() over (
        partition by
            situations.is_after_first_purchase,
            situations.touchpoint_type,
            situations.is_first_of_customer,
            situations.is_decision_arrival
        order by rules.rule_order
    ) = 1

)
{%- endmacro %}
