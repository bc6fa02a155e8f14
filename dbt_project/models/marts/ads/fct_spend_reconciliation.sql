{#- grain -> component -> where it stands in int_spend_reconciled, and the platform that knows it (none: both). -#}
{%- set unlisted = [
    ('account_difference', 'account_rows', 'google_ads'), ('deleted_or_unlisted_ads', 'account_rows', 'facebook_ads'),
] %}
{%- set grains = {
    'account': [
        ('billed', 'billed', none),
        ('allocated', 'allocated', none),
        ('unmatched_clicks', 'unmatched_clicks', none),
        ('no_clicks', 'no_clicks', none),
        ('no_ad_rows', 'no_ad_rows', 'google_ads'),
        ('rounding', 'rounding', none),
    ] + unlisted,
    'campaign': [('billed', 'billed', none), ('reported', 'ad_rows + campaign_rows', none)] + unlisted,
    'ad_group': [
        ('billed', 'billed', none), ('reported', 'ad_rows', none), ('no_ad_rows', 'campaign_rows', 'google_ads'),
    ] + unlisted,
    'ad': [
        ('billed', 'billed', none), ('reported', 'ad_rows', none), ('no_ad_rows', 'campaign_rows', 'google_ads'),
    ] + unlisted,
} %}

with reconciled as (

    select * from {{ ref('int_spend_reconciled') }}

),

components as (
    {% for grain, parts in grains.items() %}
    {%- set last_grain = loop.last %}
    {%- for component, amount, platform in parts %}
    select
        performance_date,
        platform,
        account_id,
        '{{ grain }}' as grain,
        '{{ component }}' as component,
        account_{{ amount | replace('+ ', '+ account_') }} as account_amount,
        account_currency,
        case when has_rate then {{ amount }} end as amount
    from reconciled
    {%- if platform %}
    where platform = '{{ platform }}'
    {%- endif %}
    {% if not (loop.last and last_grain) %}
    union all
    {% endif %}
    {%- endfor %}
    {%- endfor %}
),

final as (

    select
        performance_date as date,
        platform,
        account_id,
        grain,
        component,
        cast(account_amount as decimal(18, 6)) as account_amount,
        account_currency,
        cast(amount as decimal(18, 6)) as amount,
        cast('{{ var("reporting_currency") }}' as varchar) as currency
    from components

)

select * from final
