{# Rows that share all of `columns` with another row; nulls count as equal. #}
{% test unique_together(model, columns) %}
{{ rows_that_share(model, columns) }}
{% endtest %}
