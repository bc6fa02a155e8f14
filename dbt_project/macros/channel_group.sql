{#
  GA4's default channel group of a visit (https://support.google.com/analytics/answer/9756891), first rule that holds;
  docs/channels.md has the rules in words. Arguments are SQL expressions in lower case; `category` is what site_categories
  says of the source.
#}
{% macro channel_group(source, medium, campaign, category) -%}
    case
        when coalesce({{ source }}, '(direct)') = '(direct)'
            and {{ says_nothing(medium) }} then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when ({{ category }} = 'shopping' or {{ names_a_shop(campaign) }})
            and {{ is_paid_medium(medium) }} then 'Paid Shopping'
        when {{ category }} = 'search' and {{ is_paid_medium(medium) }} then 'Paid Search'
        when {{ category }} = 'social' and {{ is_paid_medium(medium) }} then 'Paid Social'
        when {{ category }} = 'video' and {{ is_paid_medium(medium) }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid_medium(medium) }} then 'Paid Other'
        when {{ medium }} = 'ai-assistant'
            or ({{ category }} = 'ai_assistant' and ({{ medium }} = 'referral' or {{ says_nothing(medium) }})) then 'AI Assistant'
        when {{ category }} = 'shopping' or {{ names_a_shop(campaign) }} then 'Organic Shopping'
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

{#
  The channel of a visit that may have come through an ad: `click` names its click id (`gclid`, ..., `ad_id` or `gad_campaignid`), null where
  there is none. An ad's click is never organic, whatever its tags say: where they name no kind of paid channel and none that an
  ad cannot be (an email with a copied link, an affiliate), the click decides. Paid Other names no kind. Clicks on Google ads whose campaign is known
  get the campaign's channel afterwards (seed google_campaign_channels).
#}
{% macro visit_channel(source, medium, campaign, category, click) -%}
    case
        when {{ click }} is not null
            and {{ channel_group(source, medium, campaign, category) }} in (
                'Direct', 'AI Assistant', 'Organic Shopping', 'Organic Social', 'Organic Video', 'Organic Search',
                'Referral', 'Unassigned', 'Paid Other'
            )
            then
                case
                    when {{ click }} = 'dclid' then 'Display'
                    when {{ click }} in ('ttclid', 'fbclid', 'ad_id') then 'Paid Social'
                    when {{ names_a_shop(campaign) }} then 'Paid Shopping'
                    else 'Paid Search'
                end
        else {{ channel_group(source, medium, campaign, category) }}
    end
{%- endmacro %}

{# A medium that names none. One that is missing is called `(not set)` by GA4, where a tag has a source alone. #}
{% macro says_nothing(medium) -%}
    coalesce({{ medium }}, '') in ('', '(none)', '(not set)')
{%- endmacro %}

{# Google's expressions for a medium that somebody pays for, and for a campaign with the word shop. #}
{% macro is_paid_medium(medium) -%}
    {{ matches(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') }}
{%- endmacro %}

{% macro names_a_shop(campaign) -%}
    {{ matches(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$') }}
{%- endmacro %}
