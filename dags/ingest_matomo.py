"""
### Matomo, every night

**What.** Reads each site's visits with their actions, and the sites themselves. Lands one Parquet file for each stream, site
and day, validated; a day is held against the number of visits that Matomo's own report gives.

**Upstream.** The Connection `matomo_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole. `check_accounts`: an account could not be read; the others are in the warehouse, this one
keeps its old days; give access (the next night catches up), or name the others in `extra.accounts`.

**Notes.** Two days are read, because a visit counts on the day of its last action and moves on with it. The token goes in
the body of a POST only.

**Other days.** `airflow backfill create --dag-id ingest_matomo --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_matomo = ingestion_dag("matomo", __doc__)
