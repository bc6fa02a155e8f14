"""A load goes on with the one that was asked for the same, did not end and is not under way; every other one is new."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from journey.settings import Places
from journey.unfinished import GOES_ON_FOR, load_of

ASKED = {"from": "2026-01-01", "to": "2026-01-10", "accounts": []}


def moment(places: Places, *, ends: bool, source: str = "klaviyo", **asked: str) -> str:
    with load_of(source, ASKED | asked, places) as load:
        load.ended = ends
    return load.moment.isoformat()


def test_what_did_not_end_is_gone_on_with_until_it_has(tmp_path: Path) -> None:
    places = Places(tmp_path)
    first = moment(places, ends=False)
    assert moment(places, ends=False) == first
    assert moment(places, ends=True) == first
    assert moment(places, ends=True) != first


def test_another_request_or_source_is_a_load_of_its_own(tmp_path: Path) -> None:
    places = Places(tmp_path)
    moments = [moment(places, ends=False), moment(places, ends=False, source="matomo"), moment(places, ends=False, to="2026-01-11")]
    assert len({*moments, moment(places, ends=False)}) == 4, "the newest request is the one that is remembered"


def test_a_load_under_way_in_another_process_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from journey.settings import Places; from journey.unfinished import load_of\n"
        f"with load_of('klaviyo', {ASKED!r}, Places(Path(sys.argv[1]))) as load:\n"
        "    print(load.moment.isoformat(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        held = other.stdout.readline().strip()
        meanwhile = moment(Places(tmp_path), ends=True)
        other.kill()
    assert meanwhile != held
    assert moment(Places(tmp_path), ends=True) == held, "it was killed, and nobody else went on with it"


def test_a_record_that_was_cut_off_is_no_load(tmp_path: Path) -> None:
    places = Places(tmp_path)
    first = moment(places, ends=False)
    (file,) = (places.airflow / "run" / "unfinished").iterdir()
    file.write_text(file.read_text()[:30])
    assert moment(places, ends=False) != first


def test_what_was_read_long_ago_is_read_again(tmp_path: Path) -> None:
    places = Places(tmp_path)
    first = moment(places, ends=False)
    (file,) = (places.airflow / "run" / "unfinished").iterdir()
    lately, long_ago = ((datetime.fromisoformat(first) - GOES_ON_FOR + timedelta(minutes=minutes)).isoformat() for minutes in (1, 0))
    text = file.read_text()
    file.write_text(text.replace(first, lately))
    assert moment(places, ends=False) == lately
    file.write_text(text.replace(first, long_ago))
    assert moment(places, ends=False) not in (first, long_ago)
