-- Each conversion stands in the attribution once for each model, at least.
select conversions.conversion_id
from {{ ref('fct_conversions') }} as conversions
left join {{ ref('fct_attribution') }} as attribution
    on conversions.conversion_id = attribution.conversion_id
group by conversions.conversion_id
having count(distinct attribution.model) <> {{ var('attribution_models') | length }}
