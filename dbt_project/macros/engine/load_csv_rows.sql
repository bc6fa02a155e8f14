{# As dbt-duckdb does it, but for the quotes: it does not double those that the path of the project may have. #}
{% macro duckdb__load_csv_rows(model, agate_table) %}
{%- set statement -%}
copy {{ this.render() }}
from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}' (format csv, header true, delimiter ',')
{%- endset -%}
{% do adapter.add_query(statement, abridge_sql_log=True) %}
{{ return(statement) }}
{% endmacro %}
