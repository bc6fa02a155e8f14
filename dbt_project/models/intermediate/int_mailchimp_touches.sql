{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key='source_record_id',
    meta={'affected_by': 'record_number', 'tells': ['record_number']},
    pre_hook="{{ note_affected('record_number', affected_mailchimp_activity()) }}"
) }}

-- An action without a type has no touch. Mailchimp has no mark for opens by a mail proxy: no touch is known to be a
-- machine's.
with activity as (

    {{ found_rows(
        ref('stg_mailchimp__activity'), 'found.email_sha256 is not null and ' ~ is_affected('record_number', of='found')
    ) }}

),

action_types as (

    select * from {{ ref('mailchimp_action_types') }}
    where touchpoint_type <> ''

),

campaigns as (

    select * from {{ ref('stg_mailchimp__campaigns') }}

),

joined as (

    select
        activity.source_record_id,
        activity.email_sha256,
        action_types.touchpoint_type,
        activity.occurred_at,
        activity.campaign_id as email_message_id,
        activity.campaign_id,
        campaigns.campaign_name,
        {{ url_page('activity.url') }} as landing_page,
        false as is_machine,
        activity.record_number,
        activity.loaded_at
    from activity
    inner join action_types on activity.action = action_types.action
    left join campaigns on activity.account_id = campaigns.account_id and activity.campaign_id = campaigns.campaign_id

)

select * from joined
