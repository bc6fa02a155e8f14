select
    cast(null as varchar) as touchpoint_id,
    cast(null as varchar) as customer_id,
    cast(null as timestamp) as occurred_at,
    cast(null as varchar) as click_id,
    cast(null as varchar) as click_id_type,
    cast(null as varchar) as meta_ad_id,
    cast(null as varchar) as campaign_name,
    cast(null as varchar) as campaign_id,
    cast(null as varchar) as source,
    cast(null as varchar) as medium,
    cast(null as varchar) as platform,
    cast(null as varchar) as session_key
where false
