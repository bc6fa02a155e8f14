"""What each fault kind makes of a call."""

from __future__ import annotations

from sandbox.emulators.facebook_ads.errors import GraphError, too_much_data
from sandbox.emulators.facebook_ads.filtering import words
from sandbox.emulators.facebook_ads.query import LEVELS, Query
from sandbox.emulators.faults import Fault

ANSWER_KINDS = words(
    "error connection_reset throttled html_502 empty_200 error_in_200 reduce_data token_expired permission_denied account_disabled"
)
PAGE_KINDS = frozenset({"missing_field", "empty_page_with_next", "repeated_cursor", "row_twice", "offset_paging"})
RUN_KINDS = frozenset({"job_failed", "job_skipped", "job_stuck"})
REFUSED, TOO_MUCH = "deleted_status_refused", "too_much_data"
KINDS = ANSWER_KINDS | PAGE_KINDS | RUN_KINDS | {REFUSED, TOO_MUCH}

_THROTTLES = {
    17: ("(#17) User request limit reached", 2446079),
    613: ("(#613) Calls to this api have exceeded the rate limit.", 1487742),
    4: ("(#4) Application request limit reached", 1504022),
}


def broken_answer(fault: Fault, limit: int | None) -> tuple[int, bytes, str] | None:
    """Status, body and content type of an answer that is no Graph answer, or None where the call may go on; GraphError else."""
    options = fault.options
    if fault.kind == "html_502":
        told = f"{options.get('status', 502)} {options.get('reason', 'Bad Gateway')}"
        page = f"<html><head><title>{told}</title></head><body><h1>{told}</h1></body></html>"
        return int(options.get("status", 502)), page.encode(), "text/html"
    if fault.kind == "empty_200":
        return 200, b"", "application/json"
    if fault.kind == "reduce_data":
        # Some accounts fail above a certain page size only: options.max_limit.
        if "max_limit" in options and (limit or 25) <= options["max_limit"]:
            return None
        raise GraphError(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)
    raise _error(fault)


def _error(fault: Fault) -> GraphError:
    options = fault.options
    if fault.kind == "throttled":
        code = int(options.get("code", 80000))
        message, subcode = _THROTTLES.get(code, ("There have been too many calls to this ad-account. Wait a bit and try again.", 2446079))
        # The limit is told by code and header alone; no Retry-After.
        return GraphError(code, message, subcode=subcode, transient=code != 80000, regain_minutes=int(options.get("minutes", 1)))
    if fault.kind == "error_in_200":
        return GraphError(2, "(#2) Service temporarily unavailable", subcode=1504043, status=200, transient=True)
    if fault.kind == "token_expired":
        return GraphError(190, "Error validating access token: Session has expired.", subcode=463, status=401)
    if fault.kind == "account_disabled":
        return GraphError(200, "(#200) The ad account is disabled and may not be accessed.")
    if fault.kind == "error":
        return GraphError(
            int(options.get("code", 1)),
            str(options.get("message", "An error occurred")),
            subcode=options.get("subcode"),
            status=int(options.get("status", 400)),
            transient=bool(options.get("transient", False)),
        )
    code = int(options.get("code", 200))
    denied = "Ad account owner has NOT grant ads_management or ads_read permission"
    return GraphError(code, f"(#{code}) {denied if code == 200 else 'Application does not have permission for this action'}", status=403)


def is_too_much(fault: Fault, query: Query, node_kind: str, rows: int) -> bool:
    """Whether a report is over the fault's bounds: ``max_rows``, ``max_days`` or ``smallest`` (the kind of node that may be asked).

    Without options every report over more than 7 days is too much.
    """
    options = fault.options
    if "max_rows" in options and rows > options["max_rows"]:
        return True
    if "smallest" in options and LEVELS.index(node_kind) < LEVELS.index(options["smallest"]):
        return True
    days = options.get("max_days", None if {"max_rows", "smallest"} & set(options) else 7)
    return days is not None and query.days > days


def run_end(fault: Fault | None) -> tuple[str, GraphError | None]:
    """How a run ends, and what it then tells."""
    if fault is None:
        return "completed", None
    if fault.kind == "job_failed":
        code, subcode = int(fault.options.get("code", -2)), fault.options.get("subcode", 2490547)
        return "failed", GraphError(
            code, "The report could not be made. Please try again.", subcode=subcode, title="Job failed", advice="Retry."
        )
    if fault.kind == TOO_MUCH:
        return "failed", too_much_data()
    return fault.kind.removeprefix("job_"), None
