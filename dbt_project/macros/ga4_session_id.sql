{#
  session_id of an event: property, device and visit. The visit is the event's own session id, or for want of one what int_ga4_events found:
  the id of the session that went on, or the pause that opened one. An event that is no part of a visit is its own session.
#}
{% macro ga4_session_id(told, worked_out) -%}
    case
            when {{ worked_out }}.stands_alone then {{ ga4_record_id(of=told) }}
            else concat_ws(
                '.',
                {{ told }}.account_id,
                {{ told }}.user_pseudo_id,
                coalesce({{ worked_out }}.visit, cast({{ told }}.ga_session_id as varchar))
            )
        end
{%- endmacro %}
