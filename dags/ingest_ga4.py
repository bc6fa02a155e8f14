"""
### GA4 (BigQuery export), every night

**What.** Reads the daily events table of each property, or the intraday table while there is no daily one. Lands one
Parquet file for each stream, account and day, validated.

**Upstream.** The Connection `ga4_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole. `check_accounts`: an account could not be read; the others are in the warehouse, this one
keeps its old days; give access (the next night catches up), or name the others in `extra.accounts`.

**Notes.** Four tables are read again, because daily tables grow for three days. A table that is not there yet is
recorded as pending, not as empty; the next night reads it.

**Other days.** `airflow backfill create --dag-id ingest_ga4 --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_ga4 = ingestion_dag("ga4", __doc__)
