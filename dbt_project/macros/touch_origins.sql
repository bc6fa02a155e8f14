{#
  How touches came, and by what page: columns that few combinations fill. The table int_touch_origins holds each combination once, and
  touches carry its number until they are served: less to join and to keep in memory, and texts that repeat are cheap to write.
#}
{% macro origin_columns() -%}
    {{ return([
        'landing_page', 'channel', 'platform', 'source', 'medium', 'campaign_id', 'campaign_name', 'term', 'meta_ad_id'
    ]) }}
{%- endmacro %}

{% macro origin_number() -%}
    {{ text_number(origin_columns()) }}
{%- endmacro %}

{# These columns of a row of int_sessions, int_email_touches or int_first_party_touches (`of`: session, email, first_party). #}
{% macro origin(of) -%}
    {%- set none_of = {'email': ['term', 'meta_ad_id'], 'first_party': [
        'landing_page', 'campaign_id', 'campaign_name', 'term', 'meta_ad_id'
    ]}.get(of, []) -%}
    {%- set told = {
        'session': {'platform': "coalesce(ad_platform, 'web')"},
        'email': {'channel': "'Email'", 'source': 'platform', 'medium': "'email'"},
        'first_party': {'platform': "'first_party'"},
    }[of] -%}
    {%- for name in origin_columns() %}
    {%- if name in none_of %}
        cast(null as varchar) as {{ name }}
    {%- elif name in told %}
        {{ told[name] }} as {{ name }}
    {%- else %}
        {{ name }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
