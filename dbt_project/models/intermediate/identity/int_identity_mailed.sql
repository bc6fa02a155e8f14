{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['identifier_type', 'identifier'],
    meta={'affected_by': ['identifier_type', 'identifier']},
    pre_hook="{{ note_affected(['identifier_type', 'identifier'], affected_mailed()) }}"
) }}

-- Whom emails went to, and when the first one did.
with mailed as (

    select * from (
        select
            'klaviyo_profile' as identifier_type,
            profile_id as identifier,
            occurred_at
        from {{ ref('stg_klaviyo__events') }}
        where profile_id is not null
    ) as events
    where {{ is_affected(['identifier_type', 'identifier'], of='events') }}
    union all
    select * from (
        select
            'email_sha256' as identifier_type,
            email_sha256 as identifier,
            occurred_at
        from {{ ref('stg_mailchimp__activity') }}
        where email_sha256 is not null
    ) as activity
    where {{ is_affected(['identifier_type', 'identifier'], of='activity') }}

)

select
    identifier_type,
    identifier,
    min(occurred_at) as first_seen_at
from mailed
group by identifier_type, identifier
