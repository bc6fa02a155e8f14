"""
### The customer journey warehouse

**What.** `transform` runs the dbt models into a candidate file, reading only the partitions that changed; `audit` ties
spend, revenue and credit out; `publish` puts marts and audit into the served file's place in one step; `report` writes the
journey map and the Data Docs.

**Upstream.** All ingestion DAGs of the night (one build when the last has landed), or any load outside the schedule. Loads
that come while a build runs are taken together by the next one.

**When it is red.** The served file is still the one from before, whole. `transform`: a load is failed or quarantined, or a
model failed; the message names it. `audit`: the message names the figure that does not add up; the refused warehouse is
`warehouse/_build/candidate.duckdb`. Mend the cause and clear the task.

**By hand.** A run with `full` rebuilds everything from the landing zone; the result is the same, row for row. One
with `fewer_rows` publishes tables that hold less than 80% of their rows from before, as after landed days were deleted on purpose.
"""

from journey.airflow_dags import build_dag

build_customer_journey = build_dag(__doc__)
