{{ config(materialized='view') }}

{{ channel_credits() }}
