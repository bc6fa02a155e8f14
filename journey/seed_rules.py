"""What the seeds that people edit must be, so that a wrong line is named by file and line before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any

from journey import segment_rules
from journey.seed_files import Row, SettingsError, column_types, lines
from journey.settings_rules import ARRIVALS, DBT, RATED, SEEDS, TYPE_SEEDS

LIFECYCLE = frozenset({"prospect", "lead", "new_customer", "repeat_customer", "lapsed"})
STAGES = {"awareness", "consideration", "decision", "post_purchase"}
CONDITIONS = ("is_after_first_purchase", "is_first_of_customer", "is_decision_arrival")
SITES = frozenset({"search", "social", "video", "shopping", "ai_assistant", "other"})
Lines = list[tuple[int, Row]]


@dataclass(frozen=True)
class Seed:
    """A seed's key, which no two lines share and whose first column is filled, its columns in lower case, those whose values are given,
    and further ones that are filled."""

    name: str
    key: tuple[str, ...]
    lower: tuple[str, ...] = ()
    known: tuple[tuple[str, frozenset[str]], ...] = ()
    filled: tuple[str, ...] = ()


def seeds(held: Mapping[str, Lines]) -> tuple[Seed, ...]:
    """What the seeds are held to here; dbt's own tests are in ``_seeds.yml``."""
    channel = (("channel", frozenset(row["channel"] for _, row in held["channels"])),)  # GA4's groups, and what people add
    types = frozenset(row["touchpoint_type"] for seed in TYPE_SEEDS for _, row in held[seed]) | ARRIVALS | {""}
    return (
        Seed("bad_input_kinds", ("kind",)),
        Seed("channels", ("channel",), filled=("channel_order", "is_paid")),
        Seed("event_types", ("event_name",)),
        Seed("first_party_event_types", ("event_type",), lower=("event_type",)),
        Seed("first_party_channels", ("first_party_channel",), lower=("first_party_channel",), known=channel),
        Seed("klaviyo_metric_types", ("metric_name",)),
        Seed("mailchimp_action_types", ("action",)),
        Seed("matomo_action_types", ("action_type", "action_name")),
        Seed(
            "utm_aliases",
            ("field", "alias"),
            lower=("alias", "canonical"),
            known=(("field", frozenset({"source", "medium"})),),
            filled=("alias", "canonical"),
        ),
        Seed("site_categories", ("site",), lower=("site",), known=(("site_category", SITES),)),
        Seed("google_campaign_channels", ("advertising_channel_type",), lower=("advertising_channel_type",), known=channel),
        Seed("journey_stage_rules", ("rule_order",), known=(("journey_stage", frozenset(STAGES)), ("touchpoint_type", types))),
        Seed("rfm_scores", ("measure", "score"), known=(("measure", frozenset(segment_rules.MEASURES)),)),
        Seed("rfm_segments", ("rule_order",), filled=("rfm_segment",)),
        Seed("lifecycle_rules", ("rule_order",), known=(("lifecycle_stage", LIFECYCLE),), filled=("next_best_stage",)),
    )


def check(folder: Path = SEEDS) -> None:
    """SettingsError names the first line that cannot be used."""
    types = column_types(DBT)
    held = {name: list(lines(folder / f"{name}.csv", list(columns))) for name, columns in types.items()}
    for seed in seeds(held):
        rows = held[seed.name]
        for line, wrong in chain(_wrong(seed, rows), segment_rules.wrong_values(types[seed.name], rows)):
            raise SettingsError(f"{folder / f'{seed.name}.csv'}, line {line}: {wrong}")
    undecided = _undecided([row for _, row in held["journey_stage_rules"]])
    if undecided:
        raise SettingsError(
            f"{folder / 'journey_stage_rules.csv'}: no rule decides a touch with {undecided} of a type that no rule names; "
            "a last rule without conditions decides all"
        )
    _nobody_is_left_out(folder, held)


def _nobody_is_left_out(folder: Path, held: Mapping[str, Lines]) -> None:
    """SettingsError where a customer would get no lifecycle stage, or a buyer no score or segment."""
    scores, segments, stages = (held[name] for name in ("rfm_scores", "rfm_segments", "lifecycle_rules"))
    if amount := segment_rules.without_score(scores):
        raise SettingsError(
            f"{folder / 'rfm_scores.csv'}: no bounds hold a buyer's {amount}; a line of the measure without bounds holds all"
        )
    if rated := segment_rules.without_segment(scores, segments):
        raise SettingsError(
            f"{folder / 'rfm_segments.csv'}: no rule holds a buyer's scores {rated}; a last rule without conditions holds all"
        )
    if kind := segment_rules.without_stage(stages):
        raise SettingsError(
            f"{folder / 'lifecycle_rules.csv'}: no rule holds a customer without purchases and with {kind}; "
            "a last rule without conditions holds all"
        )


def warnings(settings: Mapping[str, Any], folder: Path = SEEDS) -> list[str]:
    """What can be built, and says less than it seems to, by the settings and seeds."""
    currency, file = settings["reporting_currency"], folder / "rfm_scores.csv"
    unrated = (
        f"reporting_currency is {currency}, for which the European Central Bank has no rate: amounts in other currencies stay unknown."
    )
    units = {row["unit"] for _, row in lines(file, ("measure", "unit")) if row["measure"] == "monetary"}
    return [unrated] * (currency not in RATED) + [
        f"{file} has bounds in {unit}, and reporting_currency is {currency}: "
        "monetary scores and segments are wrong until these are rewritten."
        for unit in sorted(units - {currency})
    ]


def _wrong(seed: Seed, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    first: dict[tuple[str, ...], int] = {}
    for line, row in rows:
        for column, value in row.items():
            if value != value.strip():
                yield line, f"{column} {value!r} has blanks around it"
        if seed.name in TYPE_SEEDS and row["touchpoint_type"] in ARRIVALS:
            yield line, f"touchpoint_type {row['touchpoint_type']!r} is the arrival that each visit has by itself; no event is one"
        for column in seed.lower:
            if row[column] != row[column].lower():
                yield line, f"{column} {row[column]!r} is compared in lower case, so it has to be {row[column].lower()!r}"
        for column, values in seed.known:
            if row[column] not in values:
                yield line, f"{column} {row[column]!r} is none of {', '.join(sorted(filter(None, values)))}"
        for column in (seed.key[0], *seed.filled):
            if not row[column]:
                yield line, f"{column} is empty"
        key = tuple(row[column] for column in seed.key)
        if (earlier := first.setdefault(key, line)) != line:
            yield line, f"{' and '.join(seed.key)} {' '.join(filter(None, key))!r} stands in line {earlier} already"


def _undecided(rules: list[Row]) -> str | None:
    """The first situation of a touch that no rule for all types decides."""
    general = [rule for rule in rules if not rule["touchpoint_type"]]
    for situation in product((True, False), repeat=len(CONDITIONS)):
        asked = {name: str(held).lower() for name, held in zip(CONDITIONS, situation, strict=True)}
        if not any(all(rule[name].lower() in ("", held) for name, held in asked.items()) for rule in general):
            return ", ".join(f"{name} {held}" for name, held in asked.items())
    return None
