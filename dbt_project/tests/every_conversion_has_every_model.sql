-- Each conversion stands in the attribution once for each model, at least. Ids are compared as numbers, which differ
-- where they do.
with credited as (

    select distinct
        {{ text_number(['conversion_id']) }} as conversion_number,
        model
    from {{ ref('fct_attribution') }}

),

modelled as (

    select
        conversion_number,
        count(*) as models
    from credited
    group by conversion_number

)

select conversions.conversion_id
from {{ ref('fct_conversions') }} as conversions
left join modelled on {{ text_number(['conversions.conversion_id']) }} = modelled.conversion_number
where coalesce(modelled.models, 0) <> {{ var('attribution_models') | length }}
