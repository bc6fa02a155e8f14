{{ config(materialized='view') }}

{{ ga4_site_events() }}
union all
select * from {{ ref('int_matomo_site_events') }}
