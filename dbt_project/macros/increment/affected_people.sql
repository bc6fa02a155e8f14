{# What a change reaches among sessions, devices and people. Each gives a query for `note_affected`. #}

{#
  Sessions in which somebody was seen otherwise, in which an identifier stands that is another person's now, and those on
  devices of which the override file says something else.
#}
{% macro affected_recognitions() -%}
    with identifiers as (
        select identifier_type, identifier from changes.int_identity_components
    ),
    sightings as (
        select session_id, user_pseudo_id, user_id, email_sha256 from {{ ref('int_identity_sightings') }}
        where user_id is not null or email_sha256 is not null
    )
    select session_id from changes.int_identity_sightings
    union all
    select session_id from sightings
    where user_id in (select identifier from identifiers where identifier_type = 'user_id')
    union all
    select session_id from sightings
    where email_sha256 in (select identifier from identifiers where identifier_type = 'email_sha256')
    union all
    select session_id from sightings
    where user_pseudo_id in (
        select identifier from changes.int_identity_overrides where identifier_type = 'device'
    )
{%- endmacro %}

{# Devices that told somebody else, and those of which the override file says something else, or says it of another person now. #}
{% macro affected_devices() -%}
    select user_pseudo_id from changes.int_identity_recognitions
    union all
    select identifier as user_pseudo_id from changes.int_identity_overrides where identifier_type = 'device'
    union all
    select overrides.identifier as user_pseudo_id
    from {{ ref('int_identity_overrides') }} as overrides
    inner join changes.int_identity_components as changed
        on overrides.other_type = changed.identifier_type and overrides.other_identifier = changed.identifier
    where overrides.identifier_type = 'device'
{%- endmacro %}

{#
  People who have other identifiers or were told otherwise, and all whom a device told that told or tells somebody else: it gives its
  name to the first of them.
#}
{% macro affected_people() -%}
    with devices as (
        select user_pseudo_id from changes.int_identity_recognitions
        union all
        select user_pseudo_id from changes.int_identity_devices
    )
    select component_id from changes.int_identity_components
    union all
    select component_id from changes.int_identity_recognitions
    union all
    select component_id from {{ ref('int_identity_recognitions') }}
    where user_pseudo_id in (select user_pseudo_id from devices)
{%- endmacro %}

{# Devices with other sessions, with another person in one of them, or that are somebody else's: a device's sessions are decided together. #}
{% macro affected_device_sessions() -%}
    select user_pseudo_id from changes.int_identity_sightings
    union all
    select user_pseudo_id from changes.int_identity_recognitions
    union all
    select user_pseudo_id from changes.int_identity_devices
{%- endmacro %}

{# Sessions that are somebody else's, and those of people who have another name. #}
{% macro affected_session_customers() -%}
    select session_id from changes.int_identity_sessions
    union all
    select session_id from {{ ref('int_identity_sessions') }}
    where component_id in (select component_id from changes.int_customers)
{%- endmacro %}

{# Customers with other identifiers, touches or conversions. #}
{% macro changed_customers() -%}
    select customer_id from changes.dim_identities
    union all
    select customer_id from changes.int_customer_touches
    union all
    select customer_id from changes.int_conversions
{%- endmacro %}

{# The same, and all buyers when the newest day has moved: their recency counts from it. #}
{% macro affected_segments() -%}
    {{ changed_customers() }}
    union all
    select customer_id from {{ this }}
    where recency_days is not null and exists (select 1 from changes.int_data_end)
{%- endmacro %}

{# The same, buyers by what is said of them now. #}
{% macro affected_customer_rows() -%}
    {{ changed_customers() }}
    union all
    select customer_id from changes.int_customer_segments
{%- endmacro %}

{# Identifiers that are somebody else's or were seen otherwise, and those of people who have another name. Devices are none of these. #}
{% macro renamed_identifiers() -%}
    select identifier_type, identifier from changes.int_identity_components
    union all
    select identifier_type, identifier from {{ ref('int_identity_components') }}
    where component_id in (select component_id from changes.int_customers)
{%- endmacro %}

{# The same, and devices with other visits. #}
{% macro affected_identifiers() -%}
    {{ renamed_identifiers() }}
    union all
    select 'device' as identifier_type, user_pseudo_id as identifier from changes.int_session_customers
{%- endmacro %}

{#
  Devices that told somebody else or are somebody else's, that a line of the override file names which is another now, and those that
  told or were given to people who have another name.
#}
{% macro affected_merges() -%}
    select user_pseudo_id as left_identifier from changes.int_identity_recognitions
    union all
    select user_pseudo_id as left_identifier from changes.int_identity_devices
    union all
    select identifier as left_identifier from changes.int_identity_overrides where identifier_type = 'device'
    union all
    select user_pseudo_id as left_identifier from {{ ref('int_identity_recognitions') }}
    where component_id in (select component_id from changes.int_customers)
    union all
    select user_pseudo_id as left_identifier from {{ ref('int_identity_devices') }}
    where given_component_id in (select component_id from changes.int_customers)
{%- endmacro %}
