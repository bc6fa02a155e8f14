"""``journey explain``: walk one figure of the served warehouse back to the rows that landed.

Exit codes: 0 explained, and every sum that was worked out again agrees; 1 something does not agree (it is listed), or nothing is
published yet; 2 the id is unknown or means several things, or wrong call.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

OTHER_MODELS = (
    "{path} was built by other models than these (another version, or one that was edited since): {missing}. "
    "Run a build (`journey run`, or build_customer_journey) and ask again."
)
WORDS = "What (customer, touchpoint, conversion, ad or day; may be left out) and its id."


def explain(
    words: Annotated[list[str], typer.Argument(metavar="[KIND] ID", help=WORDS, show_default=False)],
    on: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Of an ad: only this day, with its landed rows.")
    ] = None,
    platform: Annotated[str | None, typer.Option(help="Of an ad or a day: this platform.")] = None,
    account: Annotated[str | None, typer.Option(help="Of an ad or a day: this account.")] = None,
    touches: Annotated[int, typer.Option(min=0, help="Of a customer: so many touches are walked to their landed rows.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="The whole walk as one JSON object on standard output.")] = False,
) -> None:
    """Walk one figure back to its landed rows: which identities and evidence, which rule, which share of which bill, which credit.

    ID is a customer (or a device, user id, email hash), a touchpoint (or a landed record's id), a conversion (or a transaction), an ad,
    or a day; what it is, is found out, or say it: `journey explain ad 4711 --day 2026-01-31`, `journey explain day 2026-01-31 --platform
    google_ads --account 10`. Reads the served file, the builder's beside it and the landing zone, and changes nothing. Each sum is
    worked out again from the landed rows. Exit code 0 all agree, 1 something does not or nothing is published, 2 unknown or ambiguous id.
    """
    import duckdb

    from journey.explain import show
    from journey.explain.evidence import open_evidence
    from journey.explain.find import KINDS, Asked
    from journey.explain.find import explain as walk
    from journey.explain.findings import NotExplained
    from journey.settings import Places, UnreadableWarehouse
    from journey.summary import check_whole

    if len(words) > 2 or (len(words) == 2 and words[0] not in KINDS):
        raise typer.BadParameter(f"call it as journey explain [{'|'.join(KINDS)}] ID")
    places = Places.from_environment()
    if not places.warehouse.exists():
        print(f"Nothing is published yet at {places.warehouse}; run `journey run` first.", file=sys.stderr)
        raise typer.Exit(1)
    check_whole(places.warehouse)
    asked = Asked(words[-1], words[0] if len(words) == 2 else None, on.date() if on else None, platform, account, touches)
    with open_evidence(places) as evidence:
        try:
            told = walk(evidence, asked)
        except NotExplained as unknown:
            print(unknown, file=sys.stderr)
            raise typer.Exit(2) from unknown
        except (duckdb.BinderException, duckdb.CatalogException, KeyError) as missing:
            if isinstance(missing, KeyError) and evidence.is_of_these_models:
                raise
            raise UnreadableWarehouse(OTHER_MODELS.format(path=places.warehouse, missing=str(missing).partition("\n")[0])) from missing
    if as_json:
        print(json.dumps(told.as_json(), default=str, ensure_ascii=False))
    else:
        show.explanation(told)
    raise typer.Exit(0 if told.adds_up else 1)
