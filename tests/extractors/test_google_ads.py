"""The Google Ads extractor against the emulator: what lands, from which accounts, over which connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import google_ads_folder as world
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from extractors.connections import Connection, from_json
from extractors.errors import AuthenticationError, ConfigurationError, Unreachable
from extractors.google_ads import SOURCE
from extractors.google_ads.client import GoogleAds, Patience, connect
from extractors.landing import Landing, Partition
from extractors.runner import Report, run
from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = Days(world.DAYS[0], world.DAYS[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    emulator = serve(world.build(tmp_path_factory.mktemp("rows")), clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


def connection(server: GoogleAdsEmulator, **extra: Any) -> Connection:
    made = from_json("google_ads_default", json.dumps(server.connection))
    merged = {**made.extra, "retry_seconds": 0.01, **extra}
    return Connection("google_ads_default", extra={name: value for name, value in merged.items() if value is not None})


def load(server: GoogleAdsEmulator, root: Path, days: Days = RANGE, streams: tuple[str, ...] = (), **extra: Any) -> tuple[Report, Landing]:
    landing = Landing(root)
    report = run(SOURCE, connection(server, **extra), days, landing, load_id="load-1", loaded_at=NOW, streams=streams)
    return report, landing


def rows(report: Report, landing: Landing, stream: str, account: str = world.CLIENT) -> pa.Table:
    files = [landing.staged_file(part) for part in report.partitions if (part.stream, part.account) == (stream, account)]
    return pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])


def of(report: Report, stream: str, account: str = world.CLIENT) -> list[Partition]:
    return [part for part in report.partitions if (part.stream, part.account) == (stream, account)]


def test_every_stream_lands_with_its_sums(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path)
    assert report.errors == []
    counts = {stream.name: len(rows(report, landing, stream.name)) for stream in SOURCE.streams}
    assert counts == {
        "customer": 1,
        "campaign": 2,
        "ad_group": 1,
        "ad_group_ad": 2,
        "asset_group": 2,
        "video": 1,
        "conversion_action": 2,
        "keyword_view": 10,
        "asset_group_performance": 20,
        "ad_performance": 40,
        "campaign_performance": 40,
        "account_performance": 10,
        "click_view": 20,
    }
    cost = {
        name: pc.sum(rows(report, landing, f"{name}_performance")["metrics_cost_micros"]).as_py() for name in ("ad", "campaign", "account")
    }
    assert cost == {"ad": 40_000_000, "campaign": 80_000_000, "account": 80_000_000}
    names = ("keyword_view", "asset_group_performance")
    parts = {name: pc.sum(rows(report, landing, name)["metrics_cost_micros"]).as_py() for name in names}
    assert parts == {"keyword_view": cost["ad"], "asset_group_performance": cost["account"] - cost["ad"]}
    ads = rows(report, landing, "ad_performance")
    assert pc.sum(ads["metrics_clicks"]).as_py() == 60
    assert pc.sum(ads["metrics_conversions_value"]).as_py() == 60 * 10.25
    assert set(ads["segments_device"].to_pylist()) == {"MOBILE", "DESKTOP"}
    assert set(ads["ad_group_ad_ad_id"].to_pylist()) == {31, 32}
    assert [part.rows for part in of(report, "ad_performance")] == [4] * 10
    totals = [part.control_totals for part in of(report, "account_performance")]
    assert [int(total["metrics_cost_micros"]) for total in totals] == [world.DAY_COST] * 10
    # An account with a campaign and no facts has empty days, not missing ones.
    assert [part.rows for part in of(report, "account_performance", world.OTHER)] == [0] * 10


def test_entities_keep_names_enums_lists_and_nulls(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path, streams=("customer", "campaign", "ad_group", "ad_group_ad", "click_view"))
    (customer,) = rows(report, landing, "customer").to_pylist()
    assert {name: customer[name] for name in customer if not name.startswith("_")} == {
        "customer_id": 2000000001,
        "customer_descriptive_name": "Account 1",
        "customer_currency_code": "BRL",
        "customer_time_zone": "America/Sao_Paulo",
        "customer_auto_tagging_enabled": True,
        "customer_final_url_suffix": None,
        "customer_manager": False,
        "customer_status": "ENABLED",
    }
    search, pmax = rows(report, landing, "campaign").to_pylist()
    assert (search["campaign_name"], search["campaign_start_date_time"]) == ("Busca", "2026-01-01 00:00:00")
    assert (pmax["campaign_advertising_channel_type"], pmax["campaign_final_url_suffix"]) == ("PERFORMANCE_MAX", None)
    assert rows(report, landing, "ad_group")["ad_group_type"].to_pylist() == ["SEARCH_STANDARD"]
    ads = rows(report, landing, "ad_group_ad").to_pylist()
    assert [ad["ad_group_ad_ad_final_urls"] for ad in ads] == [[f"https://loja.example/{ad}", "https://loja.example/"] for ad in (31, 32)]
    assert {ad["ad_group_ad_ad_type"] for ad in ads} == {"RESPONSIVE_SEARCH_AD"}
    clicks = rows(report, landing, "click_view")
    assert sorted(clicks["click_view_gclid"].to_pylist()) == sorted(f"G{day:%m%d}{ad}" for day in world.DAYS for ad in (31, 32))
    assert set(clicks["click_view_keyword_info_match_type"].to_pylist()) == {"EXACT"}


def test_an_unset_metric_counts_zero(tmp_path: Path) -> None:
    folder = world.build(tmp_path / "rows")
    fact = world.fact(world.FIRST, "MOBILE", ("11", "21", "31"), 10, 2, 1_000_000)
    del fact["metrics"]["view_through_conversions"], fact["metrics"]["conversions"]
    world.write(folder / "google_ads" / world.CLIENT / "performance.ndjson", [fact])
    server = serve(folder, clock=Clock(NOW), faults=FaultPlan())
    try:
        report, landing = load(server, tmp_path / "landing", streams=("ad_performance",))
    finally:
        server.stop()
    (row,) = rows(report, landing, "ad_performance").to_pylist()
    assert (row["metrics_view_through_conversions"], row["metrics_conversions"], row["metrics_cost_micros"]) == (0, 0.0, 1_000_000)


@pytest.mark.parametrize("login", [world.MANAGER, None])
def test_accounts_are_the_clients_with_their_state(server: GoogleAdsEmulator, login: str | None) -> None:
    client = SOURCE.connect(connection(server, login_customer_id=login))
    try:
        seen = {account.id: account for account in SOURCE.accounts(client)}
        assert sorted(seen) == [world.MANAGER, world.CLIENT, world.OTHER, world.CANCELED]
        assert [name for name in sorted(seen) if seen[name].enabled] == [world.CLIENT, world.OTHER]
        assert "CANCELED" in seen[world.CANCELED].note
        assert "manager" in seen[world.MANAGER].note
        assert (seen[world.OTHER].currency, seen[world.OTHER].time_zone) == ("USD", "America/Sao_Paulo")
        stream = SOURCE.stream("account_performance")
        assert sum(len(batch.rows) for batch in stream.extract(client, seen[world.CLIENT], RANGE)) == 10
    finally:
        SOURCE.close(client)


def test_accounts_without_a_manager_and_a_closed_one(tmp_path: Path) -> None:
    base = tmp_path / "google_ads"
    world.write(base / "7000000001" / "customer.ndjson", [world.customer("7000000001", "BRL")])
    world.write(base / "7000000002" / "customer.ndjson", [world.customer("7000000002", "BRL", status="SUSPENDED")])
    server = serve(tmp_path, clock=Clock(NOW), faults=FaultPlan())
    try:
        client = SOURCE.connect(connection(server))
        seen = [(account.id, account.enabled) for account in SOURCE.accounts(client)]
        SOURCE.close(client)
    finally:
        server.stop()
    assert seen == [("7000000001", True), ("7000000002", False)]


def test_the_service_account_and_the_alternative_fields_open_too(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    key = server.service_account_connection["extra"]["json_key"]
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key))
    gone = {"client_id": None, "client_secret": None, "refresh_token": None}
    extras: list[dict[str, Any]] = [{"json_key": key}, {"json_key": json.dumps(key)}, {"json_key_file": str(file)}]
    for extra in extras:
        client = SOURCE.connect(connection(server, **gone, **extra))
        assert len(SOURCE.accounts(client)) == 4
        SOURCE.close(client)
    tokens = server.tokens
    base = connection(server, client_id=None, client_secret=None)
    client = SOURCE.connect(Connection("google_ads_default", login=tokens.client_id, password=tokens.client_secret, extra=base.extra))
    assert isinstance(client, GoogleAds)
    SOURCE.close(client)


@pytest.mark.parametrize("field", ["client_id", "client_secret", "refresh_token"])
def test_a_missing_field_is_named(server: GoogleAdsEmulator, field: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"extra\.{field} is missing"):
        SOURCE.connect(connection(server, **{field: None}))


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"login_customer_id": "my manager"}, "extra.login_customer_id"),
        ({"ca_file": "/no/such/file.pem"}, "extra.ca_file"),
        ({"endpoint": "http://localhost:8443"}, "extra.endpoint"),
        ({"endpoint": "localhost:8443/v26"}, "extra.endpoint"),
        ({"timeout_seconds": "soon"}, "extra.timeout_seconds"),
        ({"json_key": "{"}, "extra.json_key"),
        ({"json_key": {"type": "service_account"}}, "extra.json_key"),
        ({"json_key_file": "/no/such/key.json"}, "extra.json_key_file"),
    ],
)
def test_a_wrong_field_is_named(server: GoogleAdsEmulator, extra: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SOURCE.connect(connection(server, **extra))
    assert named in str(caught.value)


def test_a_refused_credential_stops_at_once_and_stays_secret(server: GoogleAdsEmulator) -> None:
    with pytest.raises(AuthenticationError) as caught:
        SOURCE.connect(connection(server, refresh_token="wrong-secret"))
    assert "wrong-secret" not in str(caught.value)
    assert "asked" not in str(caught.value)


def test_unreachable_endpoints_are_unreachable(server: GoogleAdsEmulator) -> None:
    quick = Patience(silent_seconds=1)
    with pytest.raises(Unreachable, match="TOKEN_ENDPOINT"):
        connect(connection(server, token_uri="http://127.0.0.1:9/token"), quick)
    with pytest.raises(Unreachable, match="UNAVAILABLE"):
        connect(connection(server, endpoint="localhost:9"), quick)
    # A certificate that the authority did not sign is no connection either.
    stranger = serve(Path("/nonexistent"), clock=Clock(NOW), faults=FaultPlan())
    try:
        with pytest.raises(Unreachable, match="UNAVAILABLE"):
            connect(connection(server, ca_file=str(stranger.ca_file)), quick)
    finally:
        stranger.stop()


def test_a_second_certificate_works_in_the_same_process(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    other = serve(world.build(tmp_path), clock=Clock(NOW), faults=FaultPlan())
    try:
        clients = [SOURCE.connect(connection(one)) for one in (server, other)]
        assert [len(SOURCE.accounts(client)) for client in clients] == [4, 4]
        for client in clients:
            SOURCE.close(client)
    finally:
        other.stop()


def test_one_day_alone(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path, Days(date(2026, 3, 5), date(2026, 3, 5)), ("account_performance",))
    assert rows(report, landing, "account_performance")["metrics_cost_micros"].to_pylist() == [world.DAY_COST]
