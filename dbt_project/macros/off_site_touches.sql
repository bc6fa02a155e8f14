{#
  The CTEs `email_touches` and `first_party_touches`: touches of affected customers that no visit holds, with the columns of a touch that
  they can tell.
#}
{% macro off_site_touches() -%}
email_touches as (

    select
        {{ hashed_id(["'email'", 'source_record_id']) }} as touchpoint_id,
        customer_id,
        touchpoint_type,
        occurred_at,
        cast(null as varchar) as transaction_id,
        cast(null as decimal(18, 6)) as revenue,
        cast(null as varchar) as revenue_currency,
        'unknown' as consent_state,
        source_record_id,
        loaded_at,
        email_message_id,
        is_machine,
        platform as source_system,
        {{ origin_number('email') }} as origin_number
    from {{ ref('int_email_touches') }} as email_touches
    where {{ is_affected('customer_id', of='email_touches') }}

),

first_party_touches as (

    select
        touchpoint_id,
        customer_id,
        touchpoint_type,
        occurred_at,
        transaction_id,
        amount as revenue,
        currency as revenue_currency,
        consent_state,
        source_record_id,
        loaded_at,
        cast(null as varchar) as email_message_id,
        false as is_machine,
        'first_party' as source_system,
        {{ origin_number('first_party') }} as origin_number
    from {{ ref('int_first_party_touches') }} as first_party_touches
    where {{ is_affected('customer_id', of='first_party_touches') }}

)
{%- endmacro %}
