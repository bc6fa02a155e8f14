{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook=["{{ note_affected('conversion_id', affected_credits()) }}", "{{ move_channel_credits() }}"]
) }}

-- depends_on: {{ ref('int_attribution_weights_held') }}, {{ ref('int_attribution_channel_credits') }}

with conversions as (

    select * from {{ ref('fct_conversions') }} as conversions
    where {{ is_affected('conversion_id', of='conversions') }}

),

channel_credits as (

    {{ channel_credits(is_affected('conversion_id', of='eligible')) }}

),

credits as {{ read_again() if not is_incremental() }} (

    select * from {{ ref('int_attribution_credits') }} as credits
    where {{ is_affected('conversion_id', of='credits') }}
    union all
    select * from channel_credits

),

-- Few touches earn credit, and only they are held while their credits are found.
touches as (

    {%- if is_incremental() %}
    {{ found_rows(
        ref('fct_customer_journey'),
        'found.touchpoint_id in (select credits.touchpoint_id from credits)'
    ) }}
    {%- else %}
    select * from {{ ref('fct_customer_journey') }}
    where touchpoint_id in (select eligible.touchpoint_id from {{ ref('int_eligible_touches') }} as eligible)
    {%- endif %}

),

models as (

    {% for model in var('attribution_models') %}
    select '{{ model }}' as model
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

credited as (

    select
        credits.conversion_id,
        credits.touchpoint_id,
        touches.customer_id,
        credits.model,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        touches.ad_id,
        credits.credit,
        credits.attributed_revenue
    from credits
    inner join touches on credits.touchpoint_id = touches.touchpoint_id

),

-- A conversion that no touch can claim still counts once a model, so revenue adds up.
unclaimed as (

    select
        conversions.conversion_id,
        cast(null as varchar) as touchpoint_id,
        conversions.customer_id,
        models.model,
        cast(null as varchar) as channel,
        cast(null as varchar) as platform,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as ad_id,
        cast(1 as decimal(18, 12)) as credit,
        conversions.net_value as attributed_revenue
    from conversions
    cross join models
    left join {{ ref('int_eligible_touches') }} as eligible
        on conversions.conversion_id = eligible.conversion_id
    where eligible.conversion_id is null

),

final as (

    select * from credited
    union all
    select * from unclaimed

)

select
    conversion_id,
    touchpoint_id,
    customer_id,
    model,
    channel,
    platform,
    campaign_id,
    ad_id,
    credit,
    attributed_revenue,
    '{{ var("reporting_currency") }}' as currency
from final
