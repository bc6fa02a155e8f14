{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['event_timestamp', 'record_number'],
    meta={
        'affected_by': ['account_id', 'partition_date'],
        'tells': ['event_timestamp', 'record_number', 'visitor_number', 'ga_session_id', 'transaction_id']
    },
    pre_hook="{{ note_affected(['account_id', 'partition_date'], changed_partitions('ga4', 'events')) }}"
) }}

{%- set click_ids = ['gbraid', 'wbraid', 'msclkid', 'ttclid', 'fbclid'] %}
{%- set tags = {
    'source': 'manual_source',
    'medium': 'manual_medium',
    'campaign': 'manual_campaign_name',
    'id': 'manual_campaign_id',
    'term': 'manual_term',
    'content': 'manual_content',
} %}

{%- set key = [
    'account', 'dt', 'event_timestamp', 'event_name', 'user_pseudo_id', 'event_bundle_sequence_id', 'batch_event_index'
] %}

-- Rows that share a key are few, so they are found by a number first and told apart by their place in the file.
with shared_keys as (

    select {{ content_number(key) }} as key_number
    from {{ source('landing', 'ga4__events') }}
    group by key_number
    having count(*) > 1

),

further_rows as (

    select
        account,
        dt,
        file_row_number,
        row_number() over (partition by {{ key | join(', ') }} order by file_row_number) as row_of_key
    from {{ source('landing', 'ga4__events') }}
    where {{ content_number(key) }} in (select shared_keys.key_number from shared_keys)
    qualify row_of_key > 1

),

told_apart as (

    select
        delivered.*,
        coalesce(further_rows.row_of_key, 1) as row_of_key
    from {{ source('landing', 'ga4__events') }} as delivered
    left join further_rows
        on
            delivered.account = further_rows.account
            and delivered.dt = further_rows.dt
            and delivered.file_row_number = further_rows.file_row_number

),

-- The repeated records are opened once; everything below reads plain columns.
opened as (

    select
        *,
        {{ ga4_opened('event_params') }},
        {{ ga4_opened('user_properties') }}
    from told_apart

),

unpacked as (

    select
        opened.*,
        {{ ga4_text('event_params', 'page_location') }} as page_location,
        {{ ga4_text('event_params', 'page_referrer') }} as page_referrer,
        {{ ga4_integer('event_params', 'ga_session_id') }} as ga_session_id,
        {{ ga4_text('event_params', 'currency') }} as currency,
        {{ ga4_amount('event_params', 'value') }} as parameter_value,
        {{ ga4_text('event_params', 'value') }} as parameter_value_text,
        {{ id_or_null(ga4_value('event_params', 'transaction_id', 'texts')) }} as parameter_transaction_id,
        {%- for tag in tags %}
        nullif(nullif({{ ga4_text('event_params', 'campaign_id' if tag == 'id' else tag) }}, '(direct)'), '(none)')
            as parameter_{{ tag }},
        nullif(nullif({{ set_or_null('collected_traffic_source.' ~ tags[tag]) }}, '(direct)'), '(none)')
            as collected_{{ tag }},
        {%- endfor %}
        coalesce(
            {%- for key in var('email_hash_keys') %}
            {{ sha256_or_null(ga4_text('event_params', key)) }},
            {{ sha256_or_null(ga4_text('user_properties', key)) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as email_hash,
        {{ sha256_or_null('user_id') }} as user_id_hash
    from opened

),

-- Few addresses carry parameters; the others are not searched for them. Some sites have them behind a `#`.
addressed as (

    select
        *,
        case
            when page_location like '%?%' or page_location like '%&%' or page_location like '%#%'
                then replace(page_location, '#', '&')
        end as queried_location
    from unpacked

),

located as (

    select
        addressed.*,
        {%- for tag in tags %}
        {{ url_parameter('queried_location', 'utm_' ~ tag) }} as url_{{ tag }},
        {%- endfor %}
        {%- for click_id in click_ids %}
        {{ url_parameter('queried_location', click_id) }} as {{ click_id }},
        {%- endfor %}
        {%- for click_id in ['gclid', 'dclid'] %}
        coalesce(
            {{ set_or_null('collected_traffic_source.' ~ click_id) }}, {{ url_parameter('queried_location', click_id) }}
        ) as {{ click_id }},
        {%- endfor %}
        coalesce(
            {%- for name in var('meta_ad_id_parameters') %}
            {%- if name | lower == 'utm_content' %}
            {{ digits_or_null('collected_content') }},
            {{ digits_or_null('parameter_content') }},
            {%- endif %}
            {{ digits_or_null(url_parameter('queried_location', name)) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as url_ad_id
    from addressed

),

-- The traffic tags of an event come whole from one place: collected, else its parameters, else its URL.
tagged as (

    select
        located.*,
        case
            when coalesce(
                collected_source, collected_medium, collected_campaign, collected_id, collected_term, collected_content
            ) is not null then 'collected'
            when coalesce(parameter_source, parameter_medium, parameter_campaign) is not null then 'parameter'
            when coalesce(url_source, url_medium, url_campaign, url_id, url_term, url_content) is not null then 'url'
        end as tag_origin
    from located

),

renamed as (

    select
        -- ids
        -- The key as a number; its text, source_record_id, is made where it is told (macro ga4_record_id).
        {%- set texts = ['user_pseudo_id', 'event_name'] %}
        {{ text_number(texts, key | reject('in', texts) | list + ['row_of_key']) }}
            as record_number,
        account as account_id,
        {{ set_or_null('user_pseudo_id') }} as user_pseudo_id,
        case when user_pseudo_id <> coalesce({{ set_or_null('user_pseudo_id') }}, '') then user_pseudo_id end
            as landed_user_pseudo_id,
        -- What the rules on deliveries and sessions look at together: a device, else the moment.
        {{ text_number(['account', "coalesce(" ~ set_or_null('user_pseudo_id') ~ ", 'at ' || event_timestamp)"]) }}
            as visitor_number,
        -- A user_id that is an address lands as its hash: an address then, unless the event tells another one.
        case
            when user_id_hash is null or user_id_hash <> email_hash
                then {{ id_or_null('user_id') }}
        end as user_id,
        coalesce(email_hash, user_id_hash) as email_sha256,
        ga_session_id,
        event_bundle_sequence_id,
        batch_event_index,
        batch_page_id,
        batch_ordering_id,
        row_of_key,
        -- Parameters tell deliveries apart where the export has no bundle columns.
        case
            when event_bundle_sequence_id is null or batch_event_index is null
                then {{ list_number('event_params_texts', ['event_params']) }}
        end as parameters_number,
        coalesce({{ id_or_null('ecommerce.transaction_id') }}, parameter_transaction_id) as transaction_id,
        gclid,
        dclid,
        {%- for click_id in click_ids %}
        {{ click_id }},
        {%- endfor %}
        url_ad_id,

        -- strings
        event_name,
        page_location,
        page_referrer,
        lower(device.web_info.hostname) as page_host,
        {%- for tag in tags %}
        case tag_origin
            when 'collected' then collected_{{ tag }}
            when 'parameter' then parameter_{{ tag }}
            when 'url' then url_{{ tag }}
        end as tag_{{ 'campaign_id' if tag == 'id' else tag }},
        {%- endfor %}
        tag_origin,
        device.category as device_category,
        case lower(privacy_info.analytics_storage)
            when 'yes' then 'granted'
            when 'no' then 'denied'
            else 'unknown'
        end as consent_state,
        upper(currency) as currency,

        -- numerics
        event_timestamp,
        {{ money('coalesce(ecommerce.purchase_revenue, parameter_value)') }} as revenue,
        {{ money('coalesce(ecommerce.refund_value, parameter_value)') }} as refund_value,

        -- booleans
        -- An amount that is told and no number is not the same as none, which takes back the whole sale.
        {{ money('coalesce(ecommerce.refund_value, parameter_value)') }} is null
        and (coalesce(ecommerce.refund_value, parameter_value) is not null or parameter_value_text is not null)
            as has_unread_refund,
        coalesce(lower(privacy_info.analytics_storage), '') <> 'no' and {{ set_or_null('user_pseudo_id') }} is not null
            as has_consent,

        -- dates and times
        dt as partition_date,
        {{ utc_from_micros('event_timestamp') }} as occurred_at,
        {{ utc('_loaded_at') }} as loaded_at
    from tagged

)

select * from renamed
