{#
  GA4's default channel group of a visit (https://support.google.com/analytics/answer/9756891), first rule that holds.
  Arguments are SQL expressions in lower case; `category` is what site_categories says of the source.
  Clicks on Google ads whose campaign is known get the campaign's channel instead (seed google_campaign_channels).
#}
{% macro channel_group(source, medium, campaign, category) -%}
    {%- set paid = '^(.*cp.*|ppc|retargeting|paid.*)$' -%}
    {%- set shop = '^(.*(([^a-df-z]|^)shop|shopping).*)$' -%}
    case
        when coalesce({{ source }}, '(direct)') = '(direct)'
            and coalesce({{ medium }}, '(none)') in ('(none)', '(not set)') then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when ({{ category }} = 'shopping' or {{ matches(campaign, shop) }})
            and {{ matches(medium, paid) }} then 'Paid Shopping'
        when {{ category }} = 'search' and {{ matches(medium, paid) }} then 'Paid Search'
        when {{ category }} = 'social' and {{ matches(medium, paid) }} then 'Paid Social'
        when {{ category }} = 'video' and {{ matches(medium, paid) }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ matches(medium, paid) }} then 'Paid Other'
        when {{ category }} = 'shopping' or {{ matches(campaign, shop) }} then 'Organic Shopping'
        when {{ category }} = 'social'
            or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            then 'Organic Social'
        when {{ category }} = 'video' or {{ matches(medium, '^(.*video.*)$') }} then 'Organic Video'
        when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ source }} in ('email', 'e-mail', 'e_mail', 'e mail')
            or {{ medium }} in ('email', 'e-mail', 'e_mail', 'e mail') then 'Email'
        when {{ medium }} = 'affiliate' then 'Affiliates'
        when {{ medium }} = 'audio' then 'Audio'
        when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        when {{ matches(medium, '(push$|mobile|notification)') }} or {{ source }} = 'firebase'
            then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}
