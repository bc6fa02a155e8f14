-- Credit is exactly 1 for each conversion and model, and its revenue is exactly the conversion's.
select
    attribution.conversion_id,
    attribution.model,
    sum(attribution.credit) as credit,
    sum(attribution.attributed_revenue) as revenue
from {{ ref('fct_attribution') }} as attribution
inner join {{ ref('fct_conversions') }} as conversions
    on attribution.conversion_id = conversions.conversion_id
group by attribution.conversion_id, attribution.model
having
    sum(attribution.credit) <> 1
    or sum(attribution.attributed_revenue) is distinct from max(conversions.net_value)
    or count(*) filter (where attribution.credit <= 0) > 0
