-- Credit is exactly 1 for each conversion and model, and its revenue is exactly the conversion's. Ids are compared as
-- numbers, which differ where they do.
with credited as (

    select
        {{ text_number(['conversion_id']) }} as conversion_number,
        model,
        sum(credit) as credit,
        sum(attributed_revenue) as revenue,
        min(credit) as least_credit
    from {{ ref('fct_attribution') }}
    group by conversion_number, model

),

conversions as (

    select
        conversion_id,
        net_value,
        {{ text_number(['conversion_id']) }} as conversion_number
    from {{ ref('fct_conversions') }}

)

select
    conversions.conversion_id,
    credited.model,
    credited.credit,
    credited.revenue
from credited
inner join conversions on credited.conversion_number = conversions.conversion_number
where
    credited.credit <> 1
    or credited.revenue is distinct from conversions.net_value
    or credited.least_credit <= 0
