with eligible as (

    select
        touches.*,
        facts.channel
    from {{ ref('int_eligible_touches') }} as touches
    left join {{ ref('fct_customer_journey') }} as facts on touches.touchpoint_id = facts.touchpoint_id

),

weights as (

    select * from {{ ref('int_attribution_channel_weights') }}

),

models as (

    {%- for model in channel_models() if model in var('attribution_models') %}
    select '{{ model }}' as model
    union all
    {%- endfor %}
    select cast(null as varchar) as model
    where false

),

-- A channel counts once a conversion, however often it was touched: its touches share its weight.
by_channel as (

    select
        eligible.conversion_id,
        eligible.touchpoint_id,
        eligible.net_value,
        eligible.touch_position,
        models.model,
        coalesce(weights.weight, 0) / count(*) over (
            partition by eligible.conversion_id, models.model, eligible.channel
        ) as weight
    from eligible
    cross join models
    left join weights on models.model = weights.model and eligible.channel = weights.channel

),

-- Where no channel of a conversion weighs anything, its touches share equally.
weighed as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        model,
        case when sum(weight) over (partition by conversion_id, model) > 0 then weight else 1 end as weight
    from by_channel

),

{{ settled_credits() }}

select * from settled
