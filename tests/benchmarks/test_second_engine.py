"""Other engines' answers are held against the warehouse's row by row: equal ones pass, each kind of wrong one is told with its rows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks import second_engine
from benchmarks.engines import channel_models
from benchmarks.engines.compare import Different, compare
from benchmarks.eventset.made import made
from benchmarks.journey import build
from benchmarks.measure import Skip
from journey.attribution.markov import channel_weights
from journey.attribution.paths import Paths

OURS = """
create schema marts;
create schema intermediate;
create table marts.fct_customer_journey as
select *, timestamptz '2026-01-01 00:00:00+00' + to_minutes(minute) as occurred_at from (values
    ('s1', 't1', 'ad_click', 1, 'ann', 1, 1, 'google', 'cpc', 'Paid Search', null),
    ('s1', 't2', 'lead_capture', 2, 'ann', 1, 2, 'google', 'cpc', 'Paid Search', 'c1'),
    ('s2', 't3', 'site_visit', 3, 'ann', 1, 3, '(direct)', '(none)', 'Direct', null),
    ('s2', 't4', 'purchase', 4, 'ann', 1, 4, '(direct)', '(none)', 'Direct', 'c2'),
    ('s3', 't5', 'site_visit', 5, 'bob', 1, 1, 'google', 'organic', 'Organic Search', null)
) as told (session_id, touchpoint_id, touchpoint_type, minute, customer_id, journey_number, touchpoint_number, source, medium, channel,
    conversion_id);
create table marts.fct_conversions as from (values ('c1', null), ('c2', 'T1'), ('c3', 'T2')) as told (conversion_id, transaction_id);
create table marts.fct_attribution as from (values
    ('c1', 't1', 'linear', 1.0), ('c2', 't1', 'linear', 0.5), ('c2', 't3', 'linear', 0.5), ('c3', null, 'linear', 1.0)
) as told (conversion_id, touchpoint_id, model, credit);
create table intermediate.int_identity_components as from (values
    ('k1', 'user_id', 'U1'), ('k1', 'email_sha256', 'a'), ('k2', 'user_id', 'U2')
) as told (component_id, identifier_type, identifier);
"""
THEIRS = {
    "sessions": """select * exclude minute, epoch_us(timestamp '2026-01-01' + to_minutes(minute)) as started_at from (values
        ('s1', 1, 'google', 'cpc', 'Paid Search', 'ad_click', 'p1'), ('s2', 3, '(direct)', '(none)', 'Direct', 'site_visit', 'p1'),
        ('s3', 5, 'google', 'organic', 'Organic Search', 'site_visit', 'p2')
        ) as told (session_id, minute, source, medium, channel, arrival, person)""",
    "identifiers": """from (values ('user_id', 'U1', 'p1'), ('email_sha256', 'a', 'p1'), ('user_id', 'U2', 'p3'))
        as told (identifier_type, identifier, person)""",
    "touches": """select * exclude minute, epoch_us(timestamp '2026-01-01' + to_minutes(minute)) as occurred_at from (values
        ('s1', 'ad_click', 1, 'p1', 1, 1), ('s1', 'lead_capture', 2, 'p1', 1, 2), ('s2', 'site_visit', 3, 'p1', 1, 3),
        ('s2', 'purchase', 4, 'p1', 1, 4), ('s3', 'site_visit', 5, 'p2', 1, 1)
        ) as told (session_id, touchpoint_type, minute, person, journey_number, touchpoint_number)""",
    "credits": """from (values ('s1@' || epoch_us(timestamp '2026-01-01 00:02:00'), 's1', 'linear', 1.0), ('T1', 's1', 'linear', 0.5),
        ('T1', 's2', 'linear', 0.5), ('T2', null, 'linear', 1.0)) as told (conversion, session_id, model, credit)""",
}
WRONG = {
    "sessions, source": ("sessions", "select * replace ('bing' as source) from right_ones", "sessions: 3 of 3"),
    "sessions, moment": (
        "sessions",
        "select * replace (started_at + (session_id = 's2')::int as started_at) from right_ones",
        "sessions: 1 of 3",
    ),
    "sessions, one missing": ("sessions", "from right_ones where session_id <> 's3'", "sessions: 1 of 3"),
    "two people as one": ("sessions", "select * replace ('p1' as person) from right_ones", "persons: 1 of 2"),
    "one person as two": ("sessions", "select * replace (session_id as person) from right_ones", "persons: 1 of 2"),
    "identifiers, one more person": ("identifiers", "select * replace (identifier as person) from right_ones", "identifiers: 1 of 3"),
    "identifiers, one missing": ("identifiers", "from right_ones where identifier <> 'U2'", "identifiers: 2 of 3"),
    "touches, journey": (
        "touches",
        "select * replace (journey_number + (touchpoint_type = 'purchase')::int as journey_number) from right_ones",
        "touches: 2 of 6",
    ),
    "touches, one twice": ("touches", "from right_ones union all (from right_ones where session_id = 's3')", "touches: 1 of 6"),
    "credits, amount": (
        "credits",
        "select * replace (if(conversion = 'T1', 0.5000001, credit) as credit) from right_ones",
        "credits: 2 of 4",
    ),
    "credits, touch": ("credits", "select * replace (coalesce(session_id, 's3') as session_id) from right_ones", "credits: 2 of 5"),
}


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A warehouse of five touches."""
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(OURS)
    return tmp_path / "build.duckdb"


def written(folder: Path, wrong: str = "", change: str = "") -> Path:
    """The engine's tables, the one named ``wrong`` after a change. One is a folder of parts, as Spark writes it."""
    folder.mkdir()
    for name, rows in THEIRS.items():
        file = folder / f"{name}.parquet"
        if name == "touches":
            file.mkdir()
            file /= "part-0.parquet"
        query = f"with right_ones as ({rows}) {change}" if name == wrong else rows
        duckdb.sql(f"copy ({query}) to '{file}'")
    return folder


def test_equal_answers_are_counted(ours: Path, tmp_path: Path) -> None:
    counted = compare(ours, written(tmp_path / "theirs"))
    assert counted == {"sessions": 3, "persons": 2, "identifiers": 3, "touches": 5, "credits": 4}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_answer_is_told(ours: Path, tmp_path: Path, case: str) -> None:
    table, change, said = WRONG[case]
    with pytest.raises(Different, match=rf"{said} rows differ"):
        compare(ours, written(tmp_path / "theirs", table, change))


@pytest.mark.parametrize(
    ("table", "more"),
    [
        ("fct_customer_journey", "from marts.fct_customer_journey where touchpoint_id in ('t1', 't4')"),
        ("fct_conversions", "from (values ('c1', 'T8'), ('c3', 'T9'))"),
        ("fct_attribution", "from (values ('c1', 't1', 'linear', 0.5), ('c3', null, 'linear', 0.5))"),
    ],
)
def test_rows_of_ours_with_one_key_are_told_before_they_are_joined(ours: Path, tmp_path: Path, table: str, more: str) -> None:
    with duckdb.connect(str(ours)) as connection:
        connection.execute(f"insert into marts.{table} {more}")
    with pytest.raises(Different, match=f"^{table}: 2 keys are there more than once$"):
        compare(ours, written(tmp_path / "theirs"))


def test_the_engines_weigh_channels_as_the_command_does() -> None:
    text, won, lost = ["A > B", "B > A > C > A", "A", "C > C > B"], [3, 1, 0, 2], [4, 2, 5, 1]
    paths = [path.split(" > ") for path in text]
    counts = list(zip(paths, won, lost, strict=True))
    inside = [(source, target, False, yes + no) for path, yes, no in counts for source, target in pairwise(path)]
    ends = [(path[-1], None, is_won, number) for path, yes, no in counts for is_won, number in ((True, yes), (False, no)) if number]
    weights = channel_models.markov([*inside, *ends], [(path[0], yes + no) for path, yes, no in counts])
    expected = channel_weights(Paths.from_strings(text, won, None, lost))
    assert weights.keys() == expected.keys()
    assert np.allclose([weights[name] for name in expected], list(expected.values()), rtol=1e-9, atol=0)
    assert channel_models.shapley([(["A", "B"], 2), (["A"], 1)]) == pytest.approx({"A": 2 / 3, "B": 1 / 3})


@pytest.mark.parametrize(("said", "reason"), [("1.8.0_392", "Java 17 or newer is needed; .* is 8"), ("17.0.15", None), ("25", None)])
def test_an_old_java_is_a_reason_to_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, reason: str | None) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{said}\" 2026-01-01' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if reason is None:
        second_engine.java(17)
        return
    with pytest.raises(Skip, match=reason):
        second_engine.java(17)


def test_what_cannot_be_had_is_skipped_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(second_engine, "ENGINES", (second_engine.Engine("Spark", ("pyspark",), needs_java=17),))
    with pytest.raises(Skip, match="Spark: no Java here"):
        list(second_engine.run())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny set by the real models."""
    work = tmp_path_factory.mktemp("built")
    build(made("tiny").landing, work, full=True)
    return work / "build.duckdb"


@pytest.mark.slow
@pytest.mark.parametrize("engine", second_engine.ENGINES, ids=lambda engine: engine.name)
def test_another_engine_tells_the_same_journeys(engine: second_engine.Engine, built: Path, tmp_path: Path) -> None:
    try:
        python = engine.python()
    except Skip as reason:
        pytest.skip(str(reason))
    assert engine.answer(python, made("tiny").landing, tmp_path / "theirs") > 0
    assert min(compare(built, tmp_path / "theirs").values()) > 500
    assert not (tmp_path / "theirs" / "spill").exists()
