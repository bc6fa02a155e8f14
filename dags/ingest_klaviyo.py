"""
### Klaviyo, every night

**What.** Reads metrics, profiles, campaigns, messages, flows and every email event by its UTC day. Addresses are
hashed before anything is written. Lands one Parquet file for each stream, account and day, validated.

**Upstream.** The Connection `klaviyo_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole.

**Notes.** Events are read again for 2 days. 429 and 5xx answers are retried within the task.

**Other days.** `airflow backfill create --dag-id ingest_klaviyo --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_klaviyo = ingestion_dag("klaviyo", __doc__)
