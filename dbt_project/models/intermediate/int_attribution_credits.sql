{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook="{{ note_affected('conversion_id', 'select conversion_id from changes.int_eligible_touches') }}"
) }}

with eligible as (

    select * from {{ ref('int_eligible_touches') }} as touches
    where {{ is_affected('conversion_id', of='touches') }}

),

weighed as (

    {%- for model in var('attribution_models') %}
    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        '{{ model }}' as model,
        cast({{ attribution_weight(model) }} as double) as weight
    from eligible
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

shared as (

    select
        weighed.*,
        weight / sum(weight) over (partition by conversion_id, model) as share
    from weighed

),

-- Shares are cut off, never rounded up; the last touch that has a share takes what is left.
cut as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        model,
        cast(floor(share * 1000000000000) / 1000000000000 as decimal(18, 12)) as credit,
        cast(floor(net_value * share * 1000000) / 1000000 as decimal(18, 6)) as revenue,
        row_number() over (partition by conversion_id, model order by touch_position desc) = 1 as takes_the_rest
    from shared
    where weight > 0

),

settled as (

    select
        conversion_id,
        touchpoint_id,
        model,
        cast(case
            when takes_the_rest then 1 - sum(case when takes_the_rest then 0 else credit end) over same
            else credit
        end as decimal(18, 12)) as credit,
        cast(case
            when takes_the_rest then net_value - sum(case when takes_the_rest then 0 else revenue end) over same
            else revenue
        end as decimal(18, 6)) as attributed_revenue
    from cut
    window same as (partition by conversion_id, model)

)

select * from settled
