{# Rows that share all of `columns` with another row; nulls count as equal. #}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
