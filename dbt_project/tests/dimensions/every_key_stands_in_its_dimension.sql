-- Who joins a mart to a dimension loses no row of a channel, a day or a person: each key that is told has its row there.
-- fct_attribution's keys are its conversion's and its touch's. Of campaigns and ads ads_stand_in_their_dimensions tells.
{%- set channels = {
    'fct_customer_journey': 'channel', 'fct_attribution': 'channel', 'dim_customers': 'first_touch_channel',
    'agg_stage_funnel': 'entry_channel', 'agg_channel_performance_daily': 'channel', 'agg_marketing_mix_weekly': 'channel',
    'unconsented_events': 'channel',
} %}
{%- set days = {
    'fct_customer_journey': 'occurred_date', 'fct_conversions': 'converted_date', 'fct_ad_performance_daily': 'date',
    'fct_spend_reconciliation': 'date', 'agg_channel_performance_daily': 'date', 'unconsented_events': 'date',
} %}

with told as (

    {%- for table, column in channels.items() %}
    select distinct
        '{{ table }}' as told_by,
        'channel' as what,
        {{ column }} as told_key
    from {{ ref(table) }}
    union all
    {%- endfor %}
    {%- for table, column in days.items() %}
    select distinct
        '{{ table }}' as told_by,
        'day' as what,
        cast({{ column }} as varchar) as told_key
    from {{ ref(table) }}
    union all
    {%- endfor %}
    select
        'dim_identities' as told_by,
        'customer' as what,
        customer_id as told_key
    from {{ ref('dim_identities') }}

),

known as (

    select
        'channel' as what,
        channel as known_key
    from {{ ref('dim_channels') }}
    union all
    select
        'day' as what,
        cast(date as varchar) as known_key
    from {{ ref('dim_dates') }}
    union all
    select
        'customer' as what,
        customer_id as known_key
    from {{ ref('dim_customers') }}

)

select told.*
from told
left join known on told.what = known.what and told.told_key = known.known_key
where told.told_key is not null and known.known_key is null
