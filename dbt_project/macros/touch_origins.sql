{#
  How touches came, and by what page: columns that few combinations fill. The table int_touch_origins holds each combination once, and
  touches carry its number until they are served: less to join and to keep in memory, and texts that repeat are cheap to write.
#}
{% macro origin_columns() -%}
    {{ return([
        'landing_page', 'channel', 'platform', 'source', 'medium', 'campaign_id', 'campaign_name', 'term', 'meta_ad_id'
    ]) }}
{%- endmacro %}

{# What these are of a row of int_sessions, int_email_touches or int_first_party_touches (`of`: session, email, first_party). #}
{% macro origin_expressions(of) -%}
    {%- set none_of = {'email': ['term', 'meta_ad_id'], 'first_party': [
        'landing_page', 'campaign_id', 'campaign_name', 'term', 'meta_ad_id'
    ]}.get(of, []) -%}
    {%- set told = {
        'session': {'platform': "coalesce(ad_platform, 'web')"},
        'email': {'channel': "'Email'", 'source': 'platform', 'medium': "'email'"},
        'first_party': {'platform': "'first_party'"},
    }[of] -%}
    {%- set expressions = [] -%}
    {%- for name in origin_columns() -%}
        {%- do expressions.append('cast(null as varchar)' if name in none_of else told.get(name, name)) -%}
    {%- endfor -%}
    {{ return(expressions) }}
{%- endmacro %}

{# These columns of such a row. #}
{% macro origin(of) -%}
    {%- set names = origin_columns() -%}
    {%- for expression in origin_expressions(of) %}
        {{ expression }}{{ ' as ' ~ names[loop.index0] if expression != names[loop.index0] }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The number of such a row's combination. #}
{% macro origin_number(of) -%}
    {{ text_number(origin_expressions(of)) }}
{%- endmacro %}
