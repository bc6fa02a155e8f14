"""A warehouse small enough to check by hand: two customers, three conversions, one unconsented sale, two ad accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
from small_aggregates import VIEWS

from expectations.marts import Result, validate
from expectations.marts.journeys import TYPE_SEEDS

NOW = datetime(2026, 1, 9, 8, tzinfo=UTC)
MONEY = "decimal(18, 6)"

TABLES = f"""
create schema marts; create schema audit; create schema landing;
create table marts.fct_customer_journey (
    touchpoint_id varchar, customer_id varchar, journey_id varchar, journey_number bigint, touchpoint_number bigint,
    touchpoints_in_journey bigint, is_first_touch boolean, is_last_touch boolean, occurred_at timestamp, journey_stage varchar,
    touchpoint_type varchar, channel varchar, platform varchar, conversion_id varchar, conversion_type varchar,
    conversion_value {MONEY}, days_to_conversion integer, cost {MONEY}, currency varchar);
create table marts.fct_conversions (
    conversion_id varchar, customer_id varchar, conversion_type varchar, converted_at timestamp, converted_date date,
    gross_value {MONEY}, refunded_value {MONEY}, net_value {MONEY}, currency varchar, original_value {MONEY}, original_currency varchar);
create table marts.fct_attribution (
    conversion_id varchar, touchpoint_id varchar, customer_id varchar, model varchar, channel varchar,
    credit decimal(18, 12), attributed_revenue {MONEY}, currency varchar);
create table marts.fct_spend_reconciliation (
    date date, platform varchar, account_id varchar, grain varchar, component varchar,
    account_amount {MONEY}, account_currency varchar, amount {MONEY}, currency varchar);
create table marts.fct_ad_performance_daily (
    date date, platform varchar, account_id varchar, ad_id varchar, impressions bigint, clicks bigint,
    account_spend {MONEY}, account_currency varchar, spend {MONEY}, currency varchar);
create table audit.load_ledger (
    load_id varchar, source varchar, stream varchar, account_id varchar, partition_date date, status varchar,
    control_totals varchar, loaded_at timestamp);
create table marts.dim_channels as select unnest(['Direct', 'Email', 'Organic Search', 'Paid Search', 'Paid Social']) as channel;
create schema seeds;
"""
# Some events make no touch.
SEEDS = "".join(f"create table {seed} (touchpoint_type varchar); insert into {seed} values ('purchase'), (null);" for seed in TYPE_SEEDS)

# maria: an Instagram ad, a search, a purchase; then a thank-you email. joao: an ad and a sign-up for the coupon.
ROWS = """
insert into marts.fct_customer_journey values
('t1', 'maria', 'j1', 1, 1, 3, true, false, '2026-01-01 12:00', 'awareness', 'ad_click', 'Paid Social', 'facebook_ads',
    null, null, null, 7, 2.000000, 'BRL'),
('t2', 'maria', 'j1', 1, 2, 3, false, false, '2026-01-08 12:00', 'decision', 'site_visit', 'Organic Search', 'web',
    null, null, null, 0, null, 'BRL'),
('t3', 'maria', 'j1', 1, 3, 3, false, true, '2026-01-08 12:05', 'decision', 'purchase', 'Organic Search', 'web',
    'c1', 'purchase', 90.000000, 0, null, 'BRL'),
('t4', 'maria', 'j2', 2, 1, 1, true, true, '2026-01-08 13:00', 'post_purchase', 'email_open', 'Email', 'klaviyo',
    null, null, null, null, null, 'BRL'),
('t5', 'joao', 'j3', 1, 1, 2, true, false, '2026-01-02 09:00', 'awareness', 'ad_click', 'Paid Search', 'google_ads',
    null, null, null, null, 3.250000, 'BRL'),
('t6', 'joao', 'j3', 1, 2, 2, false, true, '2026-01-02 09:10', 'consideration', 'lead_capture', 'Paid Search', 'google_ads',
    'c2', 'lead', 0, null, null, 'BRL');
insert into marts.fct_conversions values
('c1', 'maria', 'purchase', '2026-01-08 12:05', '2026-01-08', 100, 10, 90, 'BRL', 100, 'BRL'),
('c2', 'joao', 'lead', '2026-01-02 09:10', '2026-01-02', 0, 0, 0, 'BRL', 0, 'BRL'),
('c3', null, 'purchase', '2026-01-03 10:00', '2026-01-03', 55.5, 0, 55.5, 'BRL', 10, 'USD');
insert into marts.fct_attribution values
('c1', 't1', 'maria', 'first_touch', 'Paid Social', 1, 90, 'BRL'),
('c2', 't5', 'joao', 'first_touch', 'Paid Search', 1, 0, 'BRL'),
('c3', null, null, 'first_touch', null, 1, 55.5, 'BRL'),
('c1', 't1', 'maria', 'linear', 'Paid Social', 0.333333333333, 30, 'BRL'),
('c1', 't2', 'maria', 'linear', 'Organic Search', 0.666666666667, 60, 'BRL'),
('c2', 't5', 'joao', 'linear', 'Paid Search', 1, 0, 'BRL'),
('c3', null, null, 'linear', null, 1, 55.5, 'BRL');
insert into marts.fct_spend_reconciliation values
('2026-01-01', 'facebook_ads', '77', 'account', 'billed', 5, 'BRL', 5, 'BRL'),
('2026-01-01', 'facebook_ads', '77', 'account', 'allocated', 2, 'BRL', 2, 'BRL'),
('2026-01-01', 'facebook_ads', '77', 'account', 'unmatched_clicks', 3, 'BRL', 3, 'BRL'),
('2026-01-01', 'facebook_ads', '77', 'ad', 'billed', 5, 'BRL', 5, 'BRL'),
('2026-01-01', 'facebook_ads', '77', 'ad', 'reported', 5, 'BRL', 5, 'BRL'),
('2026-01-02', 'google_ads', '88', 'account', 'billed', 1.000001, 'USD', 5.250001, 'BRL'),
('2026-01-02', 'google_ads', '88', 'account', 'allocated', 0.600000, 'USD', 3.250000, 'BRL'),
('2026-01-02', 'google_ads', '88', 'account', 'no_ad_rows', 0.400001, 'USD', 2.000001, 'BRL'),
('2026-01-02', 'google_ads', '88', 'ad', 'billed', 1.000001, 'USD', 5.250001, 'BRL'),
('2026-01-02', 'google_ads', '88', 'ad', 'reported', 1.100000, 'USD', 5.800000, 'BRL'),
('2026-01-02', 'google_ads', '88', 'ad', 'account_difference', -0.099999, 'USD', -0.549999, 'BRL');
insert into marts.fct_ad_performance_daily values
('2026-01-01', 'facebook_ads', '77', 'a1', 100, 5, 5, 'BRL', 5, 'BRL'),
('2026-01-02', 'google_ads', '88', 'a2', 40, 2, 1.1, 'USD', 5.8, 'BRL'),
('2026-01-02', 'google_ads', '88', null, 0, 0, -0.099999, 'USD', -0.549999, 'BRL');
insert into audit.load_ledger values
('l1', 'facebook_ads', 'account_insights', '77', '2026-01-01', 'landed', '{"spend": "4.000000"}', '2026-01-02 07:00'),
('l2', 'facebook_ads', 'account_insights', '77', '2026-01-01', 'landed', '{"spend": "5.000000"}', '2026-01-03 07:00'),
('l3', 'facebook_ads', 'account_insights', '77', '2026-01-01', 'quarantined', '{"spend": "-9"}', '2026-01-04 07:00'),
('l2', 'facebook_ads', 'account_insights', '77', '2026-01-02', 'landed', '{"spend": "0"}', '2026-01-03 07:00'),
('l4', 'google_ads', 'account_performance', '88', '2026-01-02', 'landed', '{"metrics_cost_micros": "1000001"}', '2026-01-03 07:00'),
('l4', 'google_ads', 'campaign_performance', '88', '2026-01-02', 'landed', '{"metrics_cost_micros": "7"}', '2026-01-03 07:00');
create table landing.read_partitions as
select distinct source, stream, account_id as account, partition_date as dt, 'h' as content_hash
from audit.load_ledger where status = 'landed';
"""


def build(path: Path, *changes: str) -> Path:
    """The warehouse as a DuckDB file, with SQL statements run on it after it was made."""
    with duckdb.connect(str(path)) as connection:
        for statement in (TABLES, SEEDS, ROWS, VIEWS, *changes):
            connection.execute(statement)
    return path


def audited(path: Path, served: Path | None = None, *, shrinking_allowed: bool = False) -> list[Result]:
    """What the marts suite says of it."""
    return validate(path, build_id="build-1", served=served, validated_at=NOW, shrinking_allowed=shrinking_allowed)


def failed(results: list[Result]) -> set[str]:
    """The audits that it did not pass."""
    return {result.expectation for result in results if not result.success}
