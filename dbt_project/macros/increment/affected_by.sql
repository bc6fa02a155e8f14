{# What one change reaches, where it reaches further than its own key. Each gives a query for `note_affected`. #}

{# Partitions that landed, changed, were emptied or are gone since the last build. #}
{% macro changed_partitions(source_name, stream) -%}
    select account as account_id, dt as partition_date from landing.changed_partitions
    where source = '{{ source_name }}' and stream = '{{ stream }}'
{%- endmacro %}

{#
  Moments of changed events, since deliveries of one event bear one moment, and those of the reports of a sale that an event of such a
  moment names or named.
#}
{% macro affected_moments() -%}
    with sales as (
        select event_timestamp, transaction_id from {{ ref('stg_ga4__events') }} where transaction_id is not null
    ),
    affected_sales as (
        select transaction_id from changes.stg_ga4__events
        union
        select transaction_id from sales where event_timestamp in (select event_timestamp from changes.stg_ga4__events)
    )
    select event_timestamp from changes.stg_ga4__events
    union all
    select event_timestamp from sales where transaction_id in (select transaction_id from affected_sales)
{%- endmacro %}

{#
  Visitors with changed events, and those one of whose events is set aside now or no longer is: each from a moment on, over which none of
  its sessions reaches. No session id stands on both sides of it, and the pause before it is longer than what a session goes on after,
  among the events of now and of before the change alike. So what happened earlier stays as it is, and is not read again.
#}
{% macro affected_visits() -%}
    with changed as (
        select visitor_number, event_timestamp, ga_session_id from changes.stg_ga4__events
        union all
        select visitor_number, event_timestamp, null from changes.int_ga4_events_set_aside
    ),
    first_changes as (
        select visitor_number, min(event_timestamp) as changed_at from changed
        group by visitor_number
    ),
    told as (
        select visitor_number, event_timestamp, ga_session_id from {{ ref('stg_ga4__events') }}
        where visitor_number in (select visitor_number from first_changes)
        union all
        select * from changed
    ),
    lasting as (
        select
            visitor_number,
            event_timestamp,
            case
                when ga_session_id is null then event_timestamp
                else max(event_timestamp) over (partition by visitor_number, ga_session_id)
            end as goes_on_until
        from told
    ),
    preceded as (
        select
            *,
            max(goes_on_until) over (
                partition by visitor_number order by event_timestamp
                rows between unbounded preceding and 1 preceding
            ) as ended_at
        from lasting
    )
    select preceded.visitor_number, max(preceded.event_timestamp) as event_timestamp_from
    from preceded
    inner join first_changes on preceded.visitor_number = first_changes.visitor_number
    where preceded.event_timestamp <= first_changes.changed_at
        and (
            preceded.ended_at is null
            or {{ utc_from_micros('preceded.event_timestamp') }} - {{ utc_from_micros('preceded.ended_at') }}
            > {{ minutes(var('session_timeout_minutes')) }}
        )
    group by preceded.visitor_number
{%- endmacro %}

{#
  Post-hook of int_ga4_events: it holds what is worked out of an event and not what the event tells, so the sessions of
  events that tell something else now are told as well.
#}
{% macro tell_sessions_of_changed_events() -%}
    {%- if is_incremental() -%}
    insert into changes.int_ga4_events
    select events.session_number
    from {{ this }} as events
    inner join changes.stg_ga4__events as changed
        on events.event_timestamp = changed.event_timestamp and events.record_number = changed.record_number
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}

{# Sessions one of whose events has changed, in whichever system, by their numbers. #}
{% macro changed_site_sessions() -%}
    select session_number from changes.int_ga4_events
    union all
    select session_number from changes.int_matomo_events
{%- endmacro %}

{# Sessions that look different now, or one of whose events does. #}
{% macro changed_sessions() -%}
    select session_id from changes.int_sessions
    union all
    select session_id from {{ ref('int_sessions') }}
    where session_number in (
        {{ changed_site_sessions() }}
    )
{%- endmacro %}

{# Customers who got or lost a session, an email or a first-party event, or one of whose sessions looks different now. #}
{% macro affected_customers() -%}
    select customer_id from changes.int_session_customers
    union all
    select customer_id from changes.int_email_touches
    union all
    select customer_id from changes.int_first_party_touches
    union all
    select customer_id from {{ ref('int_session_customers') }}
    where session_id in (
        {{ changed_sessions() }}
    )
{%- endmacro %}

{#
  Conversions among the touches that changed, sales of nobody that did, and those whose sale is paid back otherwise now or on whose
  day a currency is worth something else.
#}
{% macro affected_sales() -%}
    with sales as (
        select {{ hashed_id(["'event'", 'source_record_id']) }} as touchpoint_id, transaction_id
        from changes.int_site_sales
        union all
        select {{ hashed_id(["'first_party'", 'source_record_id']) }} as touchpoint_id, transaction_id
        from changes.int_first_party_events
    )
    select touchpoint_id from changes.int_touchpoints
    union all
    select touchpoint_id from sales
    union all
    select touchpoint_id from {{ this }}
    where
        transaction_id in (select transaction_id from sales)
        or converted_date in (select rate_date from changes.int_fx_rates_daily)
{%- endmacro %}

{# Conversions that changed, those of customers whose touches did, and of sessions whose ad is known otherwise now. #}
{% macro affected_conversions() -%}
    select conversion_id from changes.int_conversions
    union all
    select conversion_id from {{ ref('int_conversions') }}
    where customer_id in (select customer_id from changes.int_touchpoints)
    union all
    select conversion_id from {{ this }}
    where session_id in (select session_id from changes.int_session_ads)
{%- endmacro %}

{#
  Touches that changed, that a conversion or a cost stands on, and those of sessions whose ad is known otherwise now. Where the
  session looks different as well, all touches of its customer have changed, and it need not be looked for among all.
#}
{% macro affected_touches() -%}
    select touchpoint_id from changes.int_touchpoints
    union all
    select touchpoint_id from changes.int_conversions
    union all
    select touchpoint_id from changes.int_ad_touch_costs
    union all
    select touchpoint_id from {{ ref('int_touchpoints') }}
    where session_id in (
        select session_id from changes.int_session_ads
        except
        select session_id from changes.int_sessions
    )
{%- endmacro %}

{# Customers whose touches changed: a visit that an email opened may stand in another journey than the email's click. #}
{% macro affected_paths() -%}
    select customer_id from changes.fct_customer_journey
{%- endmacro %}

{#
  Conversions that changed, whose eligible touches did, or the marts' row of one of these; and those with a touch of a channel that
  weighs something now or no longer does: only this makes rows of a channel's credit come and go.
#}
{% macro affected_credits() -%}
    select conversion_id from changes.fct_conversions
    union all
    select conversion_id from changes.int_eligible_touches
    union all
    select conversion_id from {{ ref('int_eligible_touches') }}
    where
        touchpoint_id in (select touchpoint_id from changes.fct_customer_journey)
        or channel in (
            select channel from changes.int_attribution_weights_held
            group by model, channel
            having count(*) = 1 or min(weight) = 0
        )
{%- endmacro %}

{#
  Pre-hook of fct_attribution: one journey moves the weights, and with them the credits of Markov and Shapley of nearly every
  conversion with touches of several channels, but no other column of these rows. Written in place they cost a fraction of rows that
  are taken out and put in. DuckDB keeps the smaller side of the join at hand and goes through the other: a condition on held.model
  would make the facts the smaller one, and rows written in any order but their own cost ten times as much.
#}
{% macro move_channel_credits() -%}
    {%- set models = channel_models() | select('in', var('attribution_models')) | list -%}
    {%- if is_incremental() and models -%}
    update {{ this }} as held
    set credit = moved.credit, attributed_revenue = moved.attributed_revenue
    from (
        with {{ settled_credits(models, asked_for='eligible.touches_of_channel < eligible.touch_count') }}

        {{ credit_rows(models) }}
    ) as moved
    where held.conversion_id = moved.conversion_id
        and held.touchpoint_id = moved.touchpoint_id
        and held.model = moved.model
        and (held.credit <> moved.credit or held.attributed_revenue is distinct from moved.attributed_revenue)
        and exists (select 1 from changes.int_attribution_weights_held)
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}
