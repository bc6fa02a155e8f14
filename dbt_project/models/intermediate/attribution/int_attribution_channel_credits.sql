{%- set models = channel_models() | select('in', var('attribution_models')) | list %}

with eligible as (

    select
        touches.conversion_id,
        touches.touchpoint_id,
        touches.net_value,
        touches.touch_position,
        facts.channel,
        {{ content_number(['touches.conversion_id']) }} as conversion_number
    from {{ ref('int_eligible_touches') }} as touches
    left join {{ ref('fct_customer_journey') }} as facts on touches.touchpoint_id = facts.touchpoint_id

),

weights as (

    select
        {%- for model in models %}
        max(case when model = '{{ model }}' then weight end) as weight_{{ model }},
        {%- endfor %}
        channel
    from {{ ref('int_attribution_channel_weights') }}
    group by channel

),

spread as (

    select
        *,
        count(*) over (partition by conversion_number, channel) as touches_of_channel
    from eligible

),

-- A channel counts once a conversion, however often it was touched: its touches share its weight.
by_channel as (

    select
        spread.conversion_id,
        spread.touchpoint_id,
        spread.net_value,
        spread.touch_position,
        {%- for model in models %}
        coalesce(weights.weight_{{ model }}, 0) / spread.touches_of_channel as weight_{{ model }},
        {%- endfor %}
        spread.conversion_number
    from spread
    left join weights on spread.channel = weights.channel

),

conversions as (

    select
        {%- for model in models %}
        sum(weight_{{ model }}) as weight_{{ model }},
        {%- endfor %}
        conversion_number
    from by_channel
    group by conversion_number

),

-- Where no channel of a conversion weighs anything, its touches share equally.
weighed as (

    select
        by_channel.conversion_id,
        by_channel.touchpoint_id,
        by_channel.net_value,
        {%- for model in models %}
        case when conversions.weight_{{ model }} > 0 then by_channel.weight_{{ model }} else 1 end
            as weight_{{ model }},
        {%- endfor %}
        by_channel.touch_position
    from by_channel
    inner join conversions on by_channel.conversion_number = conversions.conversion_number

),

{{ settled_credits(models) }}

select * from settled
