{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    on_schema_change='fail',
    unique_key=['model', 'channel'],
    meta={'tells': ['model', 'channel', 'weight']}
) }}

-- The weights as a table that tells whether they have moved since the last build.
select
    model,
    channel,
    weight
from {{ ref('int_attribution_channel_weights') }}
