{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'record_number', 'tells': ['customer_id']},
    pre_hook="{{ note_affected('record_number', affected_emails()) }}"
) }}

with delivered as {{ read_first() if is_incremental() else read_again() }} (

    {{ found_rows(
        ref('stg_klaviyo__events'), 'found.profile_id is not null and ' ~ is_affected('record_number', of='found')
    ) }}

),

repeated as (

    select record_number from delivered
    group by record_number
    having count(*) > 1

),

-- The earliest delivery of an event stays. The others are few: their numbers meet, and only these are put in order.
delivered_again as (

    select
        account_id,
        event_id,
        partition_date
    from delivered
    where record_number in (select repeated.record_number from repeated)
    qualify row_number() over (partition by account_id, event_id order by partition_date) > 1

),

events as {{ read_first() if is_incremental() else read_again() }} (

    select * from delivered
    where
        not exists (
            select 1 from delivered_again
            where
                delivered.account_id = delivered_again.account_id
                and delivered.event_id = delivered_again.event_id
                and delivered.partition_date = delivered_again.partition_date
        )

),

metrics as (

    select
        metrics.account_id,
        metrics.metric_id,
        metric_types.touchpoint_type
    from {{ ref('stg_klaviyo__metrics') }} as metrics
    inner join {{ ref('klaviyo_metric_types') }} as metric_types
        on metrics.metric_name = metric_types.metric_name
    where
        metric_types.touchpoint_type is not null
        -- Other integrations may send metrics under the same names.
        and coalesce(metrics.integration_name, 'Klaviyo') = 'Klaviyo'

),

profiles as (

    select
        components.identifier as profile_id,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id
    where
        components.identifier_type = 'klaviyo_profile'
        {%- if is_incremental() %}
        and components.identifier in (select events.profile_id from events)
        {%- endif %}

),

messages as (

    select * from {{ ref('stg_klaviyo__campaign_messages') }}

),

campaigns as (

    select * from {{ ref('stg_klaviyo__campaigns') }}

),

flows as (

    select * from {{ ref('stg_klaviyo__flows') }}

),

klaviyo_touches as (

    select
        events.source_record_id,
        profiles.customer_id,
        metrics.touchpoint_type,
        events.occurred_at,
        events.message_id as email_message_id,
        coalesce(messages.campaign_id, events.flow_id) as campaign_id,
        coalesce(campaigns.campaign_name, flows.flow_name, events.campaign_name) as campaign_name,
        {{ url_page('events.url') }} as landing_page,
        events.is_machine,
        'klaviyo' as platform,
        events.record_number,
        events.loaded_at
    from events
    inner join metrics on events.account_id = metrics.account_id and events.metric_id = metrics.metric_id
    inner join profiles on events.profile_id = profiles.profile_id
    left join messages on events.account_id = messages.account_id and events.message_id = messages.message_id
    left join campaigns on messages.account_id = campaigns.account_id and messages.campaign_id = campaigns.campaign_id
    left join flows on events.account_id = flows.account_id and events.flow_id = flows.flow_id

),

activity as {{ read_first() if is_incremental() else read_again() }} (

    {{ found_rows(ref('int_mailchimp_touches'), is_affected('record_number', of='found')) }}

),

addresses as (

    select
        components.identifier as email_sha256,
        components.starts_at,
        components.ends_at,
        customers.customer_id
    from {{ ref('int_identity_components') }} as components
    inner join {{ ref('int_customers') }} as customers
        on components.component_id = customers.component_id
    where
        components.identifier_type = 'email_sha256'
        {%- if is_incremental() %}
        and components.identifier in (select activity.email_sha256 from activity)
        {%- endif %}

),

mailchimp_touches as (

    select
        activity.source_record_id,
        addresses.customer_id,
        activity.touchpoint_type,
        activity.occurred_at,
        activity.email_message_id,
        activity.campaign_id,
        activity.campaign_name,
        activity.landing_page,
        activity.is_machine,
        'mailchimp' as platform,
        activity.record_number,
        activity.loaded_at
    from activity
    inner join addresses
        on
            activity.email_sha256 = addresses.email_sha256
            and {{ held_at('addresses', 'activity.occurred_at') }}

)

select * from klaviyo_touches
union all
select * from mailchimp_touches
