"""The European Central Bank's reference rates: emulator and source together, and the file's rules."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import requests

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.errors import ConfigurationError, PayloadError
from extractors.exchange_rates import SOURCE
from extractors.exchange_rates.history import MOST_BYTES, parse
from extractors.landing import Landing
from extractors.stream import Days
from sandbox.emulators.exchange_rates import ExchangeRatesEmulator, serve
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

# Friday 9 January 2026 is the newest day; 1 January was a holiday.
CSV = """Date,USD,JPY,BRL,RUB,
2026-01-09,1.0847,171.35,6.2145,N/A,
2026-01-08,1.0812,170.9,6.201,N/A,
2026-01-02,1.0799,170.11,6.1987,N/A,
2025-12-31,1.0801,170.2,6.2001,N/A,
"""
LOADED_AT = datetime(2026, 1, 12, 4, tzinfo=UTC)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ExchangeRatesEmulator]]:
    running: list[ExchangeRatesEmulator] = []

    def begin(plan: FaultPlan | None = None, clock: Clock | None = None, csv: str = CSV) -> ExchangeRatesEmulator:
        (tmp_path / "rows" / "exchange_rates").mkdir(parents=True)
        (tmp_path / "rows" / "exchange_rates" / "eurofxref-hist.csv").write_text(csv)
        running.append(serve(tmp_path / "rows", clock=clock or Clock(), faults=plan or FaultPlan()))
        return running[-1]

    yield begin
    for emulator in running:
        emulator.stop()


def load(emulator: ExchangeRatesEmulator, landing: Path, days: Days, *, nightly: bool = False) -> runner.Report:
    connection = from_json("exchange_rates_default", json.dumps(emulator.connection))
    return runner.run(SOURCE, connection, days, Landing(landing), load_id="l", loaded_at=LOADED_AT, nightly=nightly)


def test_a_range_lands_with_empty_weekends_and_pending_days(start: Callable[..., ExchangeRatesEmulator], tmp_path: Path) -> None:
    report = load(start(), tmp_path, Days(date(2025, 12, 31), date(2026, 1, 11)))
    assert report.errors == []
    assert {p.dt: (p.status, p.rows) for p in report.partitions} == {
        # The week before, because a rate holds until the next one is published.
        **{f"2025-12-{day}": ("staged", 0) for day in range(24, 31)},
        "2025-12-31": ("staged", 3),
        "2026-01-01": ("staged", 0),
        "2026-01-02": ("staged", 3),
        **{f"2026-01-0{day}": ("staged", 0) for day in range(3, 8)},
        "2026-01-08": ("staged", 3),
        "2026-01-09": ("staged", 3),
        "2026-01-10": ("pending", 0),
        "2026-01-11": ("pending", 0),
    }
    assert {p.message for p in report.partitions if p.status == "pending"} == {"not published yet"}
    file = tmp_path / "_staged/l/exchange_rates/reference_rates/account=ecb/dt=2026-01-09/part-0.parquet"
    rows = pq.read_table(file, partitioning=None).to_pylist()
    assert [(row["rate_date"], row["currency"], row["rate"]) for row in rows] == [
        (date(2026, 1, 9), "BRL", Decimal("6.214500")),
        (date(2026, 1, 9), "JPY", Decimal("171.350000")),
        (date(2026, 1, 9), "USD", Decimal("1.084700")),
    ]
    assert {p.dt: p.control_totals["rate"] for p in report.partitions if p.rows}["2026-01-09"] == "178.649200"


def test_the_first_night_reads_a_hundred_days_and_the_next_a_week(start: Callable[..., ExchangeRatesEmulator], tmp_path: Path) -> None:
    emulator, landing, night = start(), Landing(tmp_path), Days(date(2026, 1, 9), date(2026, 1, 9))
    report = load(emulator, tmp_path, night, nightly=True)
    assert (len(report.partitions), report.partitions[0].dt) == (100, "2025-10-02")
    landing.commit("l", report.partitions, tmp_path / "quarantine", loaded_at=LOADED_AT)
    report = load(emulator, tmp_path, night, nightly=True)
    assert [p.dt for p in report.partitions] == [f"2026-01-0{day}" for day in range(2, 10)]
    assert sum(p.rows for p in report.partitions) == 9


def test_a_day_is_published_at_four_in_frankfurt(start: Callable[..., ExchangeRatesEmulator], tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 1, 9, 14, 59, tzinfo=UTC))
    emulator = start(clock=clock)
    day = Days(date(2026, 1, 9), date(2026, 1, 9))

    def last(landing: str) -> tuple[str, int]:
        newest = load(emulator, tmp_path / landing, day).partitions[-1]
        assert newest.dt == "2026-01-09"
        return newest.status, newest.rows

    assert last("a") == ("pending", 0)
    clock.moment = datetime(2026, 1, 9, 15, 0, tzinfo=UTC)
    assert last("b") == ("staged", 3)
    clock.moment = datetime(2020, 1, 1, tzinfo=UTC)
    assert last("c") == ("pending", 0)


def test_the_emulator_serves_the_documented_forms(start: Callable[..., ExchangeRatesEmulator]) -> None:
    url = f"{start().endpoint}/stats/eurofxref/eurofxref-hist"
    answer = requests.get(f"{url}.zip", timeout=5)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["eurofxref-hist.csv"]
        assert archive.read("eurofxref-hist.csv").decode() == CSV
    cubes = ElementTree.fromstring(requests.get(f"{url}.xml", timeout=5).content).findall(".//{*}Cube[@currency]")
    assert len(cubes) == 12
    assert sum(Decimal(cube.attrib["rate"]) for cube in cubes if cube.attrib["currency"] == "USD") == Decimal("4.3259")


def test_the_bank_itself_is_the_default() -> None:
    client = SOURCE.connect(Connection("exchange_rates_default"))
    assert client.url == "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
    with pytest.raises(ConfigurationError, match=r"extra\.endpoint"):
        SOURCE.connect(Connection("exchange_rates_default", extra={"endpoint": "www.ecb.europa.eu"}))


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("eurofxref-hist.csv", text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Day,USD\n2026-01-02,1.1\n", "does not start with the column Date"),
        ("Date,dollar,\n2026-01-02,1.1,\n", "no currency code"),
        ("Date,USD,USD,\n2026-01-02,1.1,1.2,\n", "currency twice"),
        ("Date,USD,\n2026-01-02,1.1,\n2026-01-02,1.2,\n", "two lines for one day"),
        ("Date,USD,\n02 January 2026,1.1,\n", "Line 2"),
        ("Date,USD,JPY,\n2026-01-02,1.1,\n", "has 1 rates where the header names 2"),
        ("", "does not start with the column Date"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        parse(zipped(text))


@pytest.mark.parametrize("number", ["", "NaN", "-1.1", "0", "0.000", "1e3", "1,1234567", "1.1234567", "Infinity", "n/a"])
def test_what_is_no_rate_is_refused(number: str) -> None:
    history = parse(zipped(f'Date,USD,JPY,\n2026-01-02,"{number}",1.5,\n'))
    with pytest.raises(PayloadError, match="rate of USD") as caught:
        history.rates(date(2026, 1, 2))
    assert caught.value.day == date(2026, 1, 2)


def test_a_file_that_unpacks_to_more_than_there_can_be_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", b"Date,USD\n" + b"0" * MOST_BYTES)
    body = buffer.getvalue()
    assert len(body) < 100_000
    with pytest.raises(PayloadError, match="is larger than 64 MB"):
        parse(body)
    at = len(body) // 2
    with pytest.raises(PayloadError, match="is not a zip file with a readable"):
        parse(body[:at] + bytes(16) + body[at + 16 :])


def test_plain_commas_at_the_end_are_not_required() -> None:
    history = parse(zipped("Date, USD, JPY\r\n2026-01-02, 1.1, N/A\r\n\r\n"))
    assert history.rates(date(2026, 1, 2)) == [("USD", Decimal("1.1"))]
    assert history.rates(date(2026, 1, 3)) == []
