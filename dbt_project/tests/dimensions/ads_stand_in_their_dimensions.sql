{{ config(severity='warn') }}

-- Who joins the journey to dim_campaigns and dim_ads loses no touch of a known ad. Only what a visit's tags or an email call
-- a campaign, and an ad's id in an address that no list of ads has, are told without a row (docs/model.md). A warning:
-- platforms list campaigns and ads one after the other, and one that is made in between is in the next list.
with told as (

    select distinct
        'campaign of fct_customer_journey' as what,
        platform || ' ' || campaign_id as told_key
    from {{ ref('fct_customer_journey') }}
    where ad_group_id is not null
    union all
    select distinct
        'ad of fct_customer_journey' as what,
        platform || ' ' || ad_group_id || ' ' || ad_id as told_key
    from {{ ref('fct_customer_journey') }}
    where ad_group_id is not null
    union all
    select distinct
        'campaign of dim_ads' as what,
        platform || ' ' || campaign_id as told_key
    from {{ ref('dim_ads') }}

),

known as (

    select
        'campaign' as what,
        platform || ' ' || campaign_id as known_key
    from {{ ref('dim_campaigns') }}
    union all
    select
        'ad' as what,
        platform || ' ' || ad_group_id || ' ' || ad_id as known_key
    from {{ ref('dim_ads') }}

)

select told.*
from told
left join known on told.what like known.what || ' of %' and told.told_key = known.known_key
where told.told_key is not null and known.known_key is null
