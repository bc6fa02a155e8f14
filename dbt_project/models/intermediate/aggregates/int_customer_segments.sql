{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='customer_id',
    meta={'affected_by': 'customer_id'},
    pre_hook="{{ note_affected('customer_id', affected_segments()) }}"
) }}

{%- set rules_read = ['frequency', 'recency', 'is_lead', 'is_loyalty_member'] %}
{%- set scores = ['recency_score', 'frequency_score', 'monetary_score'] %}

with identities as (

    select
        customer_id,
        bool_or(identifier_type = 'email_sha256') as has_email
    from {{ ref('dim_identities') }} as identifiers
    where {{ is_affected('customer_id', of='identifiers') }}
    group by customer_id

),

touches as (

    select * from {{ ref('int_customer_touches') }} as customer_touches
    where {{ is_affected('customer_id', of='customer_touches') }}

),

purchases as (

    select
        customer_id,
        count(*) as purchases,
        max(converted_date) as last_purchase_date,
        coalesce(sum(net_value), 0) as net_revenue
    from {{ ref('int_conversions') }} as conversions
    where
        touchpoint_type = 'purchase'
        and customer_id is not null
        and {{ is_affected('customer_id', of='conversions') }}
    group by customer_id

),

measured as (

    select
        identities.customer_id,
        coalesce(touches.has_been_lead, false) or identities.has_email as is_lead,
        coalesce(touches.is_loyalty_member, false) as is_loyalty_member,
        coalesce(purchases.purchases, 0) as frequency,
        case
            when purchases.purchases > 0 then greatest(data_end.newest_date - purchases.last_purchase_date, 0)
        end as recency,
        purchases.net_revenue as monetary
    from identities
    cross join {{ ref('int_data_end') }} as data_end
    left join touches on identities.customer_id = touches.customer_id
    left join purchases on identities.customer_id = purchases.customer_id

),

-- Each bound of each measure beside what the buyer's measure is.
bounded as (

    select
        measured.customer_id,
        scores.measure,
        scores.score,
        scores.at_least,
        scores.at_most,
        case scores.measure
            when 'recency' then measured.recency
            when 'frequency' then measured.frequency
            when 'monetary' then measured.monetary
        end as amount
    from measured
    cross join {{ ref('rfm_scores') }} as scores
    where measured.frequency > 0

),

-- The highest score whose bounds hold; who never bought has none.
scored as (

    select
        customer_id,
        max(case when measure = 'recency' then score end) as recency_score,
        max(case when measure = 'frequency' then score end) as frequency_score,
        max(case when measure = 'monetary' then score end) as monetary_score
    from bounded
    where amount >= coalesce(at_least, amount) and amount <= coalesce(at_most, amount)
    group by customer_id

),

segmented as (

    select
        scores.*,
        segments.rfm_segment
    from (select distinct {{ scores | join(', ') }} from scored) as scores
    inner join {{ ref('rfm_segments') }} as segments
        on
            scores.recency_score >= coalesce(segments.min_recency_score, 0)
            and scores.recency_score <= coalesce(segments.max_recency_score, scores.recency_score)
            and scores.frequency_score >= coalesce(segments.min_frequency_score, 0)
            and scores.monetary_score >= coalesce(segments.min_monetary_score, 0)
    qualify row_number() over (partition by scores.{{ scores | join(', scores.') }} order by segments.rule_order) = 1

),

-- The rules are asked once for each combination that occurs: most customers never bought, and are alike.
combinations as (

    select distinct {{ rules_read | join(', ') }} from measured

),

staged as (

    select
        combinations.*,
        rules.lifecycle_stage,
        rules.next_best_stage
    from combinations
    inner join {{ ref('lifecycle_rules') }} as rules
        on
            combinations.frequency >= coalesce(rules.min_purchases, 0)
            and (rules.min_recency_days is null or combinations.recency >= rules.min_recency_days)
            and (rules.is_lead is null or combinations.is_lead = rules.is_lead)
            and (rules.is_loyalty_member is null or combinations.is_loyalty_member = rules.is_loyalty_member)
    qualify row_number() over (
        partition by combinations.{{ rules_read | join(', combinations.') }}
        order by rules.rule_order
    ) = 1

),

final as (

    select
        measured.customer_id,
        staged.lifecycle_stage,
        staged.next_best_stage,
        cast(measured.recency as integer) as recency_days,
        cast(measured.frequency as integer) as frequency,
        cast(measured.monetary as decimal(18, 6)) as monetary,
        cast(scored.recency_score as integer) as recency_score,
        cast(scored.frequency_score as integer) as frequency_score,
        cast(scored.monetary_score as integer) as monetary_score,
        segmented.rfm_segment
    from measured
    left join staged on {{ equal_in(rules_read, 'measured', 'staged') }}
    left join scored on measured.customer_id = scored.customer_id
    left join segmented on {{ equal_in(scores, 'scored', 'segmented') }}

)

select * from final
