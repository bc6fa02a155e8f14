{# What a change reaches among emails and first-party events. Each gives a query for `note_affected`. #}

{# Sessions with changed events, and first-party events that differ, each a session of its own. #}
{% macro affected_sightings() -%}
    {{ changed_site_sessions() }}
    union all
    select {{ text_number(['source_record_id']) }} as session_number from changes.int_first_party_events
{%- endmacro %}

{# Mailchimp's emails that landed otherwise, and those of a campaign that is another now. #}
{% macro affected_mailchimp_activity() -%}
    select record_number from changes.stg_mailchimp__activity
    union all
    select activity.record_number
    from {{ ref('stg_mailchimp__activity') }} as activity
    inner join changes.stg_mailchimp__campaigns as changed
        on activity.account_id = changed.account_id and activity.campaign_id = changed.campaign_id
{%- endmacro %}

{#
  Emails that landed otherwise, those of a metric, message, campaign or flow that is another now, and those to a profile or an address
  that is somebody else's or whose owner has another name.
#}
{% macro affected_emails() -%}
    with renamed as (
        {{ renamed_identifiers() }}
    ),
    messages as (
        select account_id, message_id from changes.stg_klaviyo__campaign_messages
        union all
        select messages.account_id, messages.message_id
        from {{ ref('stg_klaviyo__campaign_messages') }} as messages
        inner join changes.stg_klaviyo__campaigns as changed
            on messages.account_id = changed.account_id and messages.campaign_id = changed.campaign_id
    )
    select record_number from changes.stg_klaviyo__events
    union all
    select record_number from changes.int_mailchimp_touches
    {%- for changed, column in [
        ('changes.stg_klaviyo__metrics', 'metric_id'), ('messages', 'message_id'), ('changes.stg_klaviyo__flows', 'flow_id')
    ] %}
    union all
    select events.record_number
    from {{ ref('stg_klaviyo__events') }} as events
    inner join {{ changed }} as changed
        on events.account_id = changed.account_id and events.{{ column }} = changed.{{ column }}
    {%- endfor %}
    union all
    select record_number from {{ ref('stg_klaviyo__events') }}
    where profile_id in (select identifier from renamed where identifier_type = 'klaviyo_profile')
    union all
    select record_number from {{ ref('int_mailchimp_touches') }}
    where email_sha256 in (select identifier from renamed where identifier_type = 'email_sha256')
{%- endmacro %}

{#
  First-party events that landed otherwise, and those that report a sale which one of these reports or reported, in whatever delivery,
  or of which the site tells something else now.
#}
{% macro affected_file_events() -%}
    with sales as (
        select transaction_id from changes.stg_first_party__events
        union all
        select events.transaction_id
        from {{ ref('stg_first_party__events') }} as events
        inner join changes.stg_first_party__events as changed
            on events.account_id = changed.account_id and events.event_id = changed.event_id
        union all
        select transaction_id from changes.int_site_sales
    )
    select account_id, event_id from changes.stg_first_party__events
    union all
    select account_id, event_id from {{ ref('stg_first_party__events') }}
    where transaction_id in (select transaction_id from sales)
{%- endmacro %}

{#
  First-party events that differ, that name an identifier which is somebody else's now, or a device one of whose visits
  is.
#}
{% macro affected_file_touches() -%}
    with renamed as (
        {{ affected_identifiers() }}
    )
    select source_record_id from changes.int_first_party_events
    union all
    select source_record_id from {{ ref('int_first_party_events') }}
    where user_id in (select identifier from renamed where identifier_type = 'user_id')
    union all
    select source_record_id from {{ ref('int_first_party_events') }}
    where email_sha256 in (select identifier from renamed where identifier_type = 'email_sha256')
    union all
    select source_record_id from {{ ref('int_first_party_events') }}
    where device_id in (select identifier from renamed where identifier_type = 'device')
{%- endmacro %}

{# Profiles and addresses with an email that may be, or may have been, the first that they got. #}
{% macro affected_mailed() -%}
    with changed as (
        select 'klaviyo_profile' as identifier_type, profile_id as identifier, occurred_at from changes.stg_klaviyo__events
        union all
        select 'email_sha256' as identifier_type, email_sha256 as identifier, occurred_at from changes.stg_mailchimp__activity
    )
    select changed.identifier_type, changed.identifier
    from changed
    left join {{ this }} as held
        on changed.identifier_type = held.identifier_type and changed.identifier = held.identifier
    where coalesce(changed.occurred_at <= held.first_seen_at, true)
{%- endmacro %}
