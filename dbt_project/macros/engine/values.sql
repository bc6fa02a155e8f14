{#
  Engine-specific expressions. Each is dispatched: another engine adds `<engine>__<name>` and the models stay.
#}

{#
  A repeated record of GA4 as lists of its keys and of each kind of value, `<column>_keys`, `<column>_texts` and so on, which
  the macros below read by place. Looking a key up in the record itself copies every value of every parameter, once a key.
#}
{% macro ga4_opened(column) -%}{{ return(adapter.dispatch('ga4_opened')(column)) }}{%- endmacro %}
{% macro default__ga4_opened(column) -%}
    list_transform({{ column }}, lambda held: held.key) as {{ column }}_keys,
    list_transform({{ column }}, lambda held: held.value.string_value) as {{ column }}_texts,
    list_transform({{ column }}, lambda held: held.value.int_value) as {{ column }}_integers,
    list_transform({{ column }}, lambda held: coalesce(held.value.double_value, held.value.float_value))
        as {{ column }}_numbers
{%- endmacro %}

{# The first value of a key in an opened record; `kind` is texts, integers or numbers. #}
{% macro ga4_value(column, key, kind) -%}{{ return(adapter.dispatch('ga4_value')(column, key, kind)) }}{%- endmacro %}
{% macro default__ga4_value(column, key, kind) -%}
    {{ column }}_{{ kind }}[list_position({{ column }}_keys, '{{ key }}')]
{%- endmacro %}

{# A parameter as text, whichever of its typed fields is filled. Empty and '(not set)' are null. #}
{% macro ga4_text(column, key) -%}
    {{ set_or_null(ga4_value(column, key, 'texts')) }}
{%- endmacro %}

{# A parameter as a whole number: an integer, or a text that holds one. #}
{% macro ga4_integer(column, key) -%}
    coalesce(
        {{ ga4_value(column, key, 'integers') }},
        try_cast({{ ga4_value(column, key, 'texts') }} as bigint)
    )
{%- endmacro %}

{# A parameter as money: double, float, integer or text. #}
{% macro ga4_amount(column, key) -%}
    coalesce(
        {{ ga4_value(column, key, 'numbers') }},
        {{ ga4_value(column, key, 'integers') }},
        try_cast({{ ga4_value(column, key, 'texts') }} as double)
    )
{%- endmacro %}

{# Trimmed text, null where the vendor writes that there is none. #}
{% macro set_or_null(text) -%}
    nullif(nullif(trim({{ text }}), ''), '(not set)')
{%- endmacro %}

{#
  An id as trimmed text, null where a page's script wrote that it had none, as it stands or hashed like an address: such a word would be
  one person, or one sale, for all.
#}
{% macro id_or_null(text) -%}
    {%- set nothing = ["''", "'(not set)'", "'null'", "'none'", "'nan'", "'n/a'", "'undefined'"] -%}
    case
        when lower(trim({{ text }})) not in (
            {{ nothing | join(', ') }},
            {% for word in nothing %}{{ sha256(word) }}{{ ', ' if not loop.last }}{% endfor %}
        )
            then trim({{ text }})
    end
{%- endmacro %}

{# The SHA-256 of a text in lower-case hexadecimal. #}
{% macro sha256(text) -%}{{ return(adapter.dispatch('sha256')(text)) }}{%- endmacro %}
{% macro default__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}

{#
  Floating money of the vendor as decimal(18,6); null where it is no number (NaN, infinite) or has more than eleven digits: an order's
  number where its amount should be. The type holds twelve, and sums have to fit as well. NaN is greater than any number.
#}
{% macro money(amount) -%}
    case when abs({{ amount }}) < 100000000000 then cast(round({{ amount }}, 6) as decimal(18, 6)) end
{%- endmacro %}

{#
  Query parameter of a URL, decoded; null where absent or empty. Its name is matched without regard to case. It is looked for as plain
  text, and an expression reads the value only: an expression for the whole costs twice as much. What decodes to no UTF-8
  (`promo%E7%E3o` of a program that writes Latin-1, a text that was cut) stays as it is: anybody can write an address.
#}
{% macro url_parameter(url, name) -%}{{ return(adapter.dispatch('url_parameter')(url, name)) }}{%- endmacro %}
{% macro default__url_parameter(url, name) -%}
    {%- set value -%}
        replace(
            regexp_extract(
                substr({{ url }}, nullif(strpos(lower(replace({{ url }}, '?', '&')), '&{{ name | lower }}='), 0) + {{ name | length + 2 }}),
                '^[^&#]*'
            ),
            '+',
            ' '
        )
    {%- endset -%}
    nullif(trim(coalesce(try(url_decode({{ value }})), {{ value }})), '')
{%- endmacro %}

{# A text of five digits or more, as ad ids are; anything else is null. #}
{% macro digits_or_null(text) -%}{{ return(adapter.dispatch('digits_or_null')(text)) }}{%- endmacro %}
{% macro default__digits_or_null(text) -%}
    nullif(regexp_extract({{ text }}, '^[0-9]{5,}$'), '')
{%- endmacro %}

{# Text of a SHA-256 in lower-case hexadecimal; anything else is null, and so is the hash of a word for nothing. #}
{% macro sha256_or_null(text) -%}{{ return(adapter.dispatch('sha256_or_null')(text)) }}{%- endmacro %}
{% macro default__sha256_or_null(text) -%}
    nullif(regexp_extract(lower({{ id_or_null(text) }}), '^[0-9a-f]{64}$'), '')
{%- endmacro %}

{# Lower-case host of a URL without port and leading `www.`; null where there is none. #}
{% macro url_host(url) -%}{{ return(adapter.dispatch('url_host')(url)) }}{%- endmacro %}
{% macro default__url_host(url) -%}
    nullif(regexp_extract(lower({{ url }}), '^[a-z][a-z0-9+.-]*://(?:[^@/?#]*@)?(?:www\.)?([^/:?#]+)', 1), '')
{%- endmacro %}

{#
  What is enough of a URL to tell its host: many addresses have it in common, so `url_host` can be asked once for all of them. It is
  an expression of several microseconds, this is none.
#}
{% macro url_origin(url) -%}{{ return(adapter.dispatch('url_origin')(url)) }}{%- endmacro %}
{% macro default__url_origin(url) -%}
    case
        when starts_with({{ url }}, 'https://') or starts_with({{ url }}, 'http://') then 'https://' || split_part({{ url }}, '/', 3)
        else {{ url }}
    end
{%- endmacro %}

{# URL without query and fragment. #}
{% macro url_page(url) -%}{{ return(adapter.dispatch('url_page')(url)) }}{%- endmacro %}
{% macro default__url_page(url) -%}
    nullif(split_part(split_part({{ url }}, '?', 1), '#', 1), '')
{%- endmacro %}

{# The name a site is registered under: `m.facebook.com` and `facebook` give facebook, `google.com.br` gives google. #}
{% macro site_name(host) -%}{{ return(adapter.dispatch('site_name')(host)) }}{%- endmacro %}
{% macro default__site_name(host) -%}
    coalesce(
        nullif(
            regexp_extract(
                {{ host }}, '(?:^|\.)([a-z0-9-]+)\.(?:(?:com|co|net|org|gov|edu|ne|or|ac)\.[a-z][a-z]|[a-z]+)$', 1
            ), ''
        ),
        {{ host }}
    )
{%- endmacro %}

{# Whether a text matches a regular expression anywhere. #}
{% macro matches(text, pattern) -%}{{ return(adapter.dispatch('matches')(text, pattern)) }}{%- endmacro %}
{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{# A top-level key of a JSON text, as text. #}
{% macro json_text(column, key) -%}{{ return(adapter.dispatch('json_text')(column, key)) }}{%- endmacro %}
{% macro default__json_text(column, key) -%}
    nullif(trim(json_extract_string({{ column }}, '$."{{ key }}"')), '')
{%- endmacro %}

{# Stable id of some texts, in hexadecimal. #}
{% macro hashed_id(parts) -%}{{ return(adapter.dispatch('hashed_id')(parts)) }}{%- endmacro %}
{% macro default__hashed_id(parts) -%}
    md5(concat_ws('|', {{ parts | join(', ') }}))
{%- endmacro %}

{# The first 64 bits of an id of `hashed_id` as a number: ids have the same order by it, and it is much cheaper to sort. #}
{% macro start_of_id(id) -%}{{ return(adapter.dispatch('start_of_id')(id)) }}{%- endmacro %}
{% macro default__start_of_id(id) -%}
    cast('0x' || left({{ id }}, 16) as ubigint)
{%- endmacro %}

{#
  A number that nearly always differs where values do, nested ones too; only compared inside one build. For numbers, for ids of
  `hashed_id`, and to find the few rows that are then compared by the values themselves. Texts made to a pattern need `text_number`.
#}
{% macro content_number(columns) -%}{{ return(adapter.dispatch('content_number')(columns)) }}{%- endmacro %}
{% macro default__content_number(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{#
  A number that stands for texts (and numbers beside them, `others`): it differs where they do, whatever pattern they are made to. DuckDB
  takes a text in pieces of eight bytes, and what differs in the last bytes of one piece can be undone by those of the next: of
  addresses like `https://loja.example.com.br/produto/17/cor/4` one in fourteen has another one's number. Moved by four bytes, these
  are the first of their piece, which no later one undoes; so a text counts twice, as it is and moved.
#}
{% macro text_number(texts, others=[]) -%}{{ return(adapter.dispatch('text_number')(texts, others)) }}{%- endmacro %}
{% macro default__text_number(texts, others) -%}
    hash(
        {%- for text in texts -%}
        {{ text }}, '----' || {{ text }}{{ ', ' if not loop.last }}
        {%- endfor -%}
        {%- for other in others %}, {{ other }}{% endfor -%}
    )
{%- endmacro %}

{# The same for a list of texts. #}
{% macro list_number(texts, others=[]) -%}{{ return(adapter.dispatch('list_number')(texts, others)) }}{%- endmacro %}
{% macro default__list_number(texts, others) -%}
    hash(
        {{ texts }}, list_transform({{ texts }}, lambda held: '----' || held)
        {%- for other in others %}, {{ other }}{% endfor -%}
    )
{%- endmacro %}

{# The registered domain of a host: `loja.example.com.br` gives `example.com.br`. #}
{% macro registered_domain(host) -%}{{ return(adapter.dispatch('registered_domain')(host)) }}{%- endmacro %}
{% macro default__registered_domain(host) -%}
    coalesce(
        nullif(
            regexp_extract(
                {{ host }}, '([a-z0-9-]+\.(?:(?:com|co|net|org|gov|edu|ne|or|ac)\.[a-z][a-z]|[a-z]+))$', 1
            ), ''
        ),
        {{ host }}
    )
{%- endmacro %}

{#
  After `as` of a CTE that is read several times: read it again each time. DuckDB would keep its rows, all of them at once,
  which is dearer where it is a plain reading of a table of every event.
#}
{% macro read_again() -%}{{ return(adapter.dispatch('read_again')()) }}{%- endmacro %}
{% macro default__read_again() -%}
    not materialized
{%- endmacro %}

{#
  After `as` of a CTE that has to be answered before what reads it begins. DuckDB would else join first, by an estimate that
  knows nothing of how few rows are asked for, or hold the tables of joins in memory while their rows are sorted.
#}
{% macro read_first() -%}{{ return(adapter.dispatch('read_first')()) }}{%- endmacro %}
{% macro default__read_first() -%}
    materialized
{%- endmacro %}
