"""No address gets through the file of identity overrides: neither into the warehouse nor into what is said of a wrong line."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey.identity_overrides import COLUMNS, UnreadableOverrides, read

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
