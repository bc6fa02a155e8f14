{{ config(materialized='view') }}

{%- set models = var('attribution_models') %}

with {{ settled_credits(models) }}

{{ credit_rows(models) }}
