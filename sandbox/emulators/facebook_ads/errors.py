"""Graph's error answers: ``{"error": {message, type, code, error_subcode, is_transient, ...}}``.

Codes as in https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/marketing-api/insights/error-codes; mostly HTTP 400.
"""

from __future__ import annotations

from typing import Any


class GraphError(Exception):
    """One error answer; ``status`` is the HTTP status, ``headers`` go out with it."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        kind: str = "OAuthException",
        subcode: int | None = None,
        status: int = 400,
        transient: bool = False,
        title: str | None = None,
        advice: str | None = None,
        regain_minutes: int = 0,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.kind, self.subcode, self.status = code, message, kind, subcode, status
        self.transient, self.title, self.advice, self.regain_minutes = transient, title, advice, regain_minutes

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON body; ``trace`` is the fbtrace_id."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["is_transient"] = self.transient
        if self.title:
            error["error_user_title"] = self.title
        if self.advice:
            error["error_user_msg"] = self.advice
        return {"error": {**error, "fbtrace_id": trace}}


def bad_parameter(message: str) -> GraphError:
    """Code 100: a parameter or field that the call does not take."""
    return GraphError(100, f"(#100) {message}")


def no_such_object(name: str) -> GraphError:
    """Code 100/33: the object does not exist, or the token may not see it; Graph does not say which."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation.",
        kind="GraphMethodException",
        subcode=33,
    )


def too_much_data() -> GraphError:
    """Code 100/1487534: the report has more rows than the platform is ready to make."""
    return GraphError(
        100,
        "(#100) Please reduce the amount of data you're asking for.",
        subcode=1487534,
        title="Too much data",
        advice="There are too many rows for one query: use a shorter time range or a lower level of object.",
    )


def report_not_ready() -> GraphError:
    """Code 2601/1815107: the result of a report run was asked for before the run was complete."""
    return GraphError(
        2601,
        "Error accessing adreport job.",
        subcode=1815107,
        transient=True,
        title="Loading Async Ads Report Failed",
        advice="The job has to be completed before its data is fetched.",
    )
