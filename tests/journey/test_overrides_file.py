"""The file of identity overrides: no address gets through it, neither into the warehouse nor into what is said of a wrong line; and a line
that a spreadsheet spoilt is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey.duck import connect
from journey.identity_overrides import COLUMNS, UnreadableOverrides, read, show

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
