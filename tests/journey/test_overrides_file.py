"""The file of identity overrides: no address gets through it, neither into the warehouse nor into what is said of a wrong line; and a line
that a spreadsheet spoilt is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey import build
from journey.build_alone import BuildFailed
from journey.duck import connect
from journey.identity_overrides import COLUMNS, UnreadableOverrides, read, show
from journey.settings import Places, load

FILE = Path("identity_overrides.csv")
HASH = "a" * 64


def lines(*fields: str) -> str:
    return ",".join(COLUMNS) + "\n" + ",".join(fields) + "\n"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            ("link", "user_id:ana@loja.example", f"email_sha256:{HASH}", "Bia", "2026-01-05", "same"),
            "written as email_sha256: and",
        ),
        (
            ("link", f"email_sha256:{HASH}", "user_id:ana%2540loja.example", "Bia", "2026-01-05", "same"),
            "it serves as a user id",
        ),
        (("block", "email_sha256:ana@loja.example", "", "Bia", "2026-01-05", "till"), "an address is written as the SHA-256"),
        (("block", "user_id:u-1", "", "Bia", "ana@loja.example", "till"), "decided_on is no date such as 2026-01-31"),
    ],
)
def test_an_address_in_a_line_is_refused_and_not_repeated(fields: tuple[str, ...], why: str) -> None:
    with pytest.raises(UnreadableOverrides, match=why) as caught:
        list(read(lines(*fields), FILE))
    assert str(caught.value).startswith(f"{FILE}, line 2: ")
    assert "loja.example" not in str(caught.value)


def test_an_address_in_a_reason_is_cut_out() -> None:
    (row,) = read(lines("block", "user_id:u-1", "", "Bia", "2026-01-05", "ana@loja.example wrote"), FILE)
    assert row[-1] == "(email removed) wrote"
    assert row[:5] == (2, "block", "user_id", "u-1", None)


BLOCK = lines("block", "user_id:u-1", "", "Bia", "2026-01-05", "até José call")
SPOILT = {
    "line 2: it is not UTF-8; save the file as CSV in UTF-8, with commas between the fields": BLOCK.encode("latin-1"),
    "line 1: it is not UTF-8; save the file as CSV in UTF-8, with commas between the fields": BLOCK.encode("utf-16"),
    "line 4: a quote is opened that this line does not close": (BLOCK + '\nblock,"user_id:u-2,,Bia,2026-01-05,till\n').encode(),
    "line 3: it has not 6 fields": (BLOCK + "block,user_id:u-2,,Bia,2026-01-05,till,\n").encode(),
}


@pytest.mark.parametrize("why", SPOILT)
def test_what_a_spreadsheet_spoilt_is_named(tmp_path: Path, why: str) -> None:
    file = tmp_path / "identity_overrides.csv"
    file.write_bytes(SPOILT[why])
    with connect() as warehouse:
        warehouse.execute("create schema landing")
        with pytest.raises(UnreadableOverrides) as caught:
            show(warehouse, file)
    assert str(caught.value).startswith(f"{file}, {why}")


def test_empty_lines_and_lines_within_quotes_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "identity_overrides.csv"
    further = BLOCK.replace("u-1", "u-2").replace("até José call", '"they\ncalled"').splitlines(keepends=True)[1:]
    text = "".join([BLOCK, "\n", *further, further[0].replace("u-2", "u-3"), further[1]])
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    with connect() as warehouse:
        warehouse.execute("create schema landing")
        assert len(show(warehouse, file)) == 1
        found = warehouse.execute("select line, left_identifier from landing.identity_overrides order by line").fetchall()
    assert found == [(2, "u-1"), (4, "u-2"), (6, "u-3")]


def test_lines_that_cannot_be_carried_out_are_named_where_dbts_own_test_of_them_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test counts them and stops the build first: "Got 2 results" was all that was said."""
    places = Places(tmp_path)

    def failing(places: Places, *_: object, **__: object) -> None:
        with connect(places.candidate) as candidate:
            candidate.execute("create schema audit")
            candidate.execute("create table audit.identity_overrides (line integer, action varchar, status varchar)")
            candidate.execute("insert into audit.identity_overrides values (2, 'link', 'applied'), (3, 'link', 'unknown_identifier')")
        raise BuildFailed("Not built: 1 models or tests failed.")

    monkeypatch.setattr(build, "in_place", lambda _: True)
    monkeypatch.setattr(build, "prepare", lambda *_, **__: ["a day"])
    monkeypatch.setattr(build, "run_dbt", failing)
    with pytest.raises(BuildFailed) as caught:
        build._transform(places, load({}), full=True)
    assert str(caught.value).startswith("Not built: 1 identity overrides cannot be carried out.")
    assert f"{tmp_path / 'identity_overrides.csv'}, line 3 (link): an identifier of this line is nowhere" in str(caught.value)
