{#
  Attribution models. A model is one macro, `attribution_weight__<name>`, whose expression weighs one eligible touch of a
  conversion; its name then goes into the setting `attribution_models`. Credit is weight divided by the sum of the
  conversion's weights. There to read: touch_position (1 is the earliest), touch_count, occurred_at, converted_at, channel.
  docs/attribution.md defines them. Markov and Shapley weigh channels, not touches: int_attribution_channel_weights.
#}
{% macro attribution_weight__first_touch() -%}
    case when touch_position = 1 then 1 else 0 end
{%- endmacro %}

{% macro attribution_weight__last_touch() -%}
    case when touch_position = touch_count then 1 else 0 end
{%- endmacro %}

{# Where every touch is Direct, the last one. #}
{% macro attribution_weight__last_non_direct() -%}
    case
        when touch_position = coalesce(
            max(case when channel <> 'Direct' then touch_position end) over (partition by conversion_id), touch_count
        ) then 1
        else 0
    end
{%- endmacro %}

{% macro attribution_weight__linear() -%}
    1
{%- endmacro %}

{# The setting's weights of the first, all middle and the last touch; two touches share equally, whatever the weights. #}
{% macro attribution_weight__position_based() -%}
    {%- set first, middle, last = var('position_weights') -%}
    case
        when touch_count <= 2 then 1
        when touch_position = 1 then {{ first }}
        when touch_position = touch_count then {{ last }}
        else {{ middle }} / cast(touch_count - 2 as double)
    end
{%- endmacro %}

{#
  A touch one half-life earlier weighs half as much. Days are counted back from the last touch: counted from the conversion
  they give the same shares, but a long wait before it could make all weights vanish.
#}
{% macro attribution_weight__time_decay() -%}
    power(
        2,
        -{{ fraction_of_days('occurred_at', 'max(occurred_at) over (partition by conversion_id)') }}
        / {{ var('half_life_days') }}
    )
{%- endmacro %}

{# Models whose credit follows from the weights of channels over all journeys. #}
{% macro channel_models() -%}
    {{ return(['markov', 'shapley']) }}
{%- endmacro %}

{% macro attribution_weight(model) -%}
    {%- set named = 'attribution_weight__' ~ model -%}
    {%- if named not in context -%}
        {{ exceptions.raise_compiler_error("The setting attribution_models names " ~ model ~ ", which has no macro " ~ named ~ ".") }}
    {%- endif -%}
    {{ context[named]() }}
{%- endmacro %}

{#
  From the CTE `weighed` (conversion_id, touchpoint_id, net_value, touch_position, and weight_<model> of each of `models`) to the CTE
  `settled`, one row per conversion x touchpoint x model with credit. Shares are cut off, never rounded up; the last touch that has a
  share takes what is left, so credit is exactly 1 and the revenue exactly the conversion's. Where no touch weighs anything all share
  equally: a journey of channels that nobody's weights know. Weights are added up as decimals,
  and a hair is rounded off before the cut: else the order of rows could decide between 0.5 and 0.499999999999. All models are
  worked out side by side, by a number for the conversion: sorting its id once for each model costs several times as much.
  What a conversion's touches have in sum is joined to them: a window would sort all of them with their ids.
#}
{% macro settled_credits(models) -%}
counted as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        {%- for model in models %}
        case when weight_{{ model }} >= 0.000000000000000001 then cast(weight_{{ model }} as double) end as weight_{{ model }},
        {%- endfor %}
        {{ content_number(['conversion_id']) }} as conversion_number
    from weighed

),

totals as (

    select
        {%- for model in models %}
        cast(sum(cast(weight_{{ model }} as decimal(38, 18))) as double) as weights_{{ model }},
        max(case when weight_{{ model }} is not null then touch_position end) as last_{{ model }},
        {%- endfor %}
        count(*) as touches,
        max(touch_position) as last_of_all,
        conversion_number
    from counted
    group by conversion_number

),

shared as (

    select
        counted.conversion_id,
        counted.touchpoint_id,
        counted.net_value,
        {%- for model in models %}
        case
            when totals.last_{{ model }} is null then 1 / cast(totals.touches as double)
            else counted.weight_{{ model }} / totals.weights_{{ model }}
        end as share_{{ model }},
        counted.touch_position = coalesce(totals.last_{{ model }}, totals.last_of_all) as takes_the_rest_{{ model }},
        {%- endfor %}
        counted.conversion_number
    from counted
    inner join totals on counted.conversion_number = totals.conversion_number

),

cut as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        {%- for model in models %}
        cast(floor(round(share_{{ model }} * 1000000000000, 2)) / 1000000000000 as decimal(18, 12)) as credit_{{ model }},
        cast(floor(round(net_value * share_{{ model }} * 1000000, 3)) / 1000000 as decimal(18, 6)) as revenue_{{ model }},
        takes_the_rest_{{ model }},
        {%- endfor %}
        conversion_number
    from shared

),

given as (

    select
        {%- for model in models %}
        coalesce(sum(case when not takes_the_rest_{{ model }} then credit_{{ model }} end), 0) as credits_{{ model }},
        coalesce(sum(case when not takes_the_rest_{{ model }} then revenue_{{ model }} end), 0) as revenues_{{ model }},
        {%- endfor %}
        conversion_number
    from cut
    group by conversion_number

),

rested as (

    select
        cut.conversion_id,
        {%- for model in models %}
        cast(case
            when cut.takes_the_rest_{{ model }} then 1 - given.credits_{{ model }} else cut.credit_{{ model }}
        end as decimal(18, 12)) as credit_{{ model }},
        cast(case
            when cut.takes_the_rest_{{ model }} then cut.net_value - given.revenues_{{ model }} else cut.revenue_{{ model }}
        end as decimal(18, 6)) as revenue_{{ model }},
        {%- endfor %}
        cut.touchpoint_id
    from cut
    inner join given on cut.conversion_number = given.conversion_number

),

settled as (

    {%- for model in models %}
    select
        conversion_id,
        touchpoint_id,
        '{{ model }}' as model,
        credit_{{ model }} as credit,
        revenue_{{ model }} as attributed_revenue
    from rested
    where credit_{{ model }} is not null
    union all
    {%- endfor %}
    select
        conversion_id,
        touchpoint_id,
        cast(null as varchar) as model,
        cast(null as decimal(18, 12)) as credit,
        cast(null as decimal(18, 6)) as attributed_revenue
    from rested
    where false

)
{%- endmacro %}
