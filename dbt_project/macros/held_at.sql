{#
  Whether `node` (starts_at, ends_at; null where open) had the identifier at a moment. Nearly every identifier has one
  period without ends. Without a moment it is the one who has it now.
#}
{% macro held_at(node, moment) -%}
    ({{ node }}.starts_at is null or {{ moment }} is null or {{ node }}.starts_at <= {{ moment }})
            and ({{ node }}.ends_at is null or {{ node }}.ends_at > {{ moment }})
{%- endmacro %}
