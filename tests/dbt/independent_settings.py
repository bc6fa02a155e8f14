"""The settings that a shop is worked out with: those of docs/model.md unless a test chooses others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from journey.attribution import MODELS


@dataclass(frozen=True)
class Settings:
    """Named as in settings.toml."""

    reporting_currency: str = "BRL"
    reporting_time_zone: str = "America/Sao_Paulo"
    session_timeout_minutes: int = 30
    attribution_window_days: int = 90
    attribution_models: tuple[str, ...] = tuple(MODELS)
    half_life_days: float = 7
    position_weights: tuple[float, ...] = (0.4, 0.2, 0.4)
    markov_order: int = 1
    shapley_variant: str = "distinct_channels"
    closing_conversion: str = "purchase"
    conversion_events: Mapping[str, str] = field(
        default_factory=lambda: {"purchase": "purchase", "lead_capture": "lead", "loyalty_join": "loyalty"}
    )
    max_events_per_session: int = 500
    max_session_days: int = 3
    max_clock_lag_days: int = 3
    crowded_customer_touchpoints: int = 10000
    max_identifiers_per_identifier: int = 5
    max_devices_per_identifier: int = 500
    max_people_per_device: int = 10
    email_hash_keys: tuple[str, ...] = ("email_sha256", "sha256_email_address")
    meta_ad_id_parameters: tuple[str, ...] = ("ad_id", "utm_content")
    dormant_after_days: int = 30
    utm_suggestion_similarity: float = 0.88
    max_utm_comparisons: int = 100_000_000

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.reporting_time_zone)

    @property
    def ad_parameters(self) -> list[str]:
        """Names in addresses are the same in any case."""
        return [name.lower() for name in self.meta_ad_id_parameters]

    @property
    def pause(self) -> timedelta:
        return timedelta(minutes=self.session_timeout_minutes)

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.attribution_window_days)


_CHOSEN = [Settings()]


def chosen() -> Settings:
    return _CHOSEN[-1]


@contextmanager
def choosing(variables: Mapping[str, Any]) -> Iterator[Settings]:
    """All that is worked out in here goes by these settings, the others as they are by default."""
    _CHOSEN.append(Settings(**{name: tuple(value) if isinstance(value, list) else value for name, value in variables.items()}))
    try:
        yield chosen()
    finally:
        _CHOSEN.pop()
