{#
  Which visits came through an ad of Meta: from the CTE `repaired` of int_sessions to the CTE `placed`, with is_meta_ad (an ad is
  named) and is_meta_click (a click id is an ad's). A bare fbclid is on every link out of Facebook: only paid tags or an ad
  id make it an ad's. Other platforms write their ads' numbers into the same tag: where the tags name a site that is not Meta's
  (LinkedIn, Pinterest, TikTok, a Google ad that lost its gclid), the number is that site's, and so are the paid tags.
#}
{% macro meta_clicks() -%}
clicked as (

    select
        repaired.*,
        repaired.click_id_type is null
        and coalesce(repaired.repaired_medium, '') <> 'email'
        and (
            coalesce(tagged_sites.site, tagged_names.site) is null
            or {{ is_of_meta('coalesce(tagged_sites.site, tagged_names.site)') }}
        ) as may_be_meta,
        -- No click id is left, but Google's number of the campaign is: an ad's click, unless the tags or Facebook sent the link on.
        repaired.has_google_campaign
        and not repaired.has_fbclid
        and coalesce(repaired.repaired_source, 'google') = 'google'
        and coalesce(repaired.repaired_medium, '') <> 'email' as is_google_click,
        {{ is_paid_medium("coalesce(repaired.repaired_medium, '')") }} as is_paid_medium,
        {{ is_paid_campaign("lower(coalesce(repaired.campaign_name, ''))") }} as is_paid_campaign
    from repaired
    left join {{ ref('site_categories') }} as tagged_sites
        on repaired.repaired_source = tagged_sites.site
    left join {{ ref('site_categories') }} as tagged_names
        on {{ site_name('repaired.repaired_source') }} = tagged_names.site

),

placed as (

    select
        clicked.* exclude (may_be_meta, is_paid_medium, is_paid_campaign),
        may_be_meta and ad_id_length is not null and (has_fbclid or is_paid_medium or ad_id_length = 'long')
            and not is_google_click as is_meta_ad,
        may_be_meta and has_fbclid and (is_paid_medium or is_paid_campaign or ad_id_length is not null)
            as is_meta_click
    from clicked

)
{%- endmacro %}

{# Words that name a paid campaign; a paid medium is GA4's (`is_paid_medium` in channel_group.sql). #}
{% macro is_paid_campaign(campaign) -%}
    {{ matches(campaign, '(^|[^a-z])(paid|cpc|ppc|cpm|ads?)([^a-z]|$)') }}
{%- endmacro %}

{# Whether a site of site_categories is one on which Meta shows ads. #}
{% macro is_of_meta(site) -%}
    {{ matches(site, '(^|[^a-z])(facebook|fb|meta|instagram|insta|ig|messenger|threads|whatsapp|wa|audience_network)([^a-z]|$)') }}
{%- endmacro %}
