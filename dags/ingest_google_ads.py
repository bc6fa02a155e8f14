"""
### Google Ads, every night

**What.** Reads customers, campaigns, ad groups, ads, keywords, asset groups, videos, conversion actions, their daily
figures and the clicks (`click_view`) of every client account under the login customer. Lands one Parquet file for
each stream, account and day, validated.

**Upstream.** The Connection `google_ads_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole. `check_accounts`: an account could not be read; the others are in the warehouse, this one
keeps its old days; give access (the next night catches up), or name the others in `extra.accounts`.

**Notes.** Metrics are read again for 30 days, because Google restates them, or for as long as the account's conversion
actions look back (91 at most); `click_view` for 3, and for 90 in the first night of an account. Google forgets clicks
after 90 days: a day that stays red longer is lost. Closed and manager accounts are skipped; `journey status` names them.

**Other days.** `airflow backfill create --dag-id ingest_google_ads --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_google_ads = ingestion_dag("google_ads", __doc__)
