{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['conversion_id', 'model', 'touchpoint_id'],
    meta={'affected_by': 'conversion_id', 'tells': ['conversion_id']},
    pre_hook=["{{ note_affected('conversion_id', affected_credits()) }}", "{{ move_channel_credits() }}"]
) }}

-- depends_on: {{ ref('int_attribution_weights_held') }}, {{ ref('int_attribution_channel_weights') }}

{%- set models = var('attribution_models') %}

with conversions as (

    select * from {{ ref('fct_conversions') }} as conversions
    where {{ is_affected('conversion_id', of='conversions') }}

),

{{ settled_credits(models, asked_for=is_affected('conversion_id', of='eligible')) }},

touches as (

    {%- if is_incremental() %}
    {{ found_rows(
        ref('fct_customer_journey'),
        'found.touchpoint_id in (select eligible.touchpoint_id from eligible)'
    ) }}
    {%- else %}
    select * from {{ ref('fct_customer_journey') }}
    {%- endif %}

),

-- A touch tells its channel once for all models.
told as (

    select
        settled.*,
        touches.customer_id,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        touches.ad_id
    from settled
    inner join touches on settled.touchpoint_id = touches.touchpoint_id

),

credited as (

    {{ credit_rows(models, settled='told', columns=['customer_id', 'channel', 'platform', 'campaign_id', 'ad_id']) }}

),

model_names as (

    {% for model in models %}
    select '{{ model }}' as model
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- A conversion that no touch can claim still counts once a model, so revenue adds up.
unclaimed as (

    select
        conversions.conversion_id,
        cast(null as varchar) as touchpoint_id,
        conversions.customer_id,
        cast(null as varchar) as channel,
        cast(null as varchar) as platform,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as ad_id,
        model_names.model,
        cast(1 as decimal(18, 12)) as credit,
        conversions.net_value as attributed_revenue
    from conversions
    cross join model_names
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
