{#
  Credit and revenue of eligible touches, as CTEs that end with `settled`: one row per conversion x touchpoint, with credit_<model> and
  revenue_<model> of each of `models`, null where a model gives it none. `asked_for` is a condition on int_eligible_touches (read as
  `eligible`) that leaves out whole conversions.

  They are asked for and not stored: their ids are dearer to write than the credits are to work out, and of Markov and Shapley one
  journey moves the weights, so that every build would write all of them.

  Shares are cut off, never rounded up; the last touch that has a share takes what is left, so credit is exactly 1 and the revenue exactly
  the conversion's. Where no touch weighs anything all share equally: a journey of channels that nobody's weights know. Weights are
  added up as decimals, and a hair is rounded off before the cut: else the order of rows could decide between 0.5 and 0.499999999999.
  All models are worked out side by side, by a number for the conversion: sorting its id once for each model costs several times as
  much. What a conversion's touches have in sum is joined to them: a window would sort all of them with their ids.
#}
{% macro settled_credits(models, asked_for='true') -%}
{%- set of_channels = channel_models() | select('in', models) | list -%}
{%- if of_channels -%}
weights as (

    select
        {%- for model in of_channels %}
        max(case when model = '{{ model }}' then weight end) as weight_{{ model }},
        {%- endfor %}
        channel as weighed_channel
    from {{ ref('int_attribution_channel_weights') }}
    group by channel

),

{% endif -%}
eligible as (

    select * from {{ ref('int_eligible_touches') }} as eligible
    where {{ asked_for }}

),

-- A channel counts once a conversion, however often it was touched: its touches share its weight. Where there is no other channel they
-- share the conversion, whatever the channel weighs (`move_channel_credits` leaves these out).
weighed as (

    select
        eligible.conversion_id,
        eligible.touchpoint_id,
        eligible.net_value,
        {%- for model in models %}
        {%- if model in of_channels %}
        case
            when eligible.touches_of_channel = eligible.touch_count then 1
            else weights.weight_{{ model }} / eligible.touches_of_channel
        end as weight_{{ model }},
        {%- else %}
        cast({{ attribution_weight(model) }} as double) as weight_{{ model }},
        {%- endif %}
        {%- endfor %}
        eligible.touch_position
    from eligible
    {%- if of_channels %}
    left join weights on eligible.channel = weights.weighed_channel
    {%- endif %}

),

counted as (

    select
        conversion_id,
        touchpoint_id,
        net_value,
        touch_position,
        {%- for model in models %}
        case when weight_{{ model }} >= 0.000000000000000001 then cast(weight_{{ model }} as double) end as weight_{{ model }},
        {%- endfor %}
        {{ text_number(['conversion_id']) }} as conversion_number
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

settled as (

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

)
{%- endmacro %}

{#
  `settled` as one row per conversion x touchpoint x model with credit, as a query. `columns` are further columns of `settled`, or of
  what is read in its place, which the rows keep. The models' rows of a touch come beside each other: asked for by one query a
  model, they would all be held at once, and their ids take twice the room on disk.
#}
{% macro credit_rows(models, settled='settled', columns=[]) -%}
    {%- set records = [] -%}
    {%- for model in models -%}
        {%- do records.append({'model': "'" ~ model ~ "'", 'credit': 'credit_' ~ model, 'attributed_revenue': 'revenue_' ~ model}) -%}
    {%- endfor -%}
    select
        conversion_id,
        touchpoint_id,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ field_of('given_credit', 'model') }} as model,
        {{ field_of('given_credit', 'credit') }} as credit,
        {{ field_of('given_credit', 'attributed_revenue') }} as attributed_revenue
    from (
        select
            *,
            {{ opened_records(records) }} as given_credit
        from {{ settled }}
    ) as credits_of_models
    where {{ field_of('given_credit', 'credit') }} is not null
{%- endmacro %}
