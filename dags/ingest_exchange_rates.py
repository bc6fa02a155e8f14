"""
### Exchange rates of the European Central Bank, every night

**What.** Reads the reference rates by day; the models carry the last rate over weekends. Lands one Parquet file for
each stream, account and day, validated.

**Upstream.** The Connection `exchange_rates_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole.

**Notes.** Seven days are read again. Without rates, amounts in other currencies stay empty; they are never taken as
1.0.

**Other days.** `airflow backfill create --dag-id ingest_exchange_rates --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_exchange_rates = ingestion_dag("exchange_rates", __doc__)
