"""Matomo's errors as JSON: ``{"result": "error", "message": …}``.

Most come with HTTP 200. 401 is for a missing, wrong or insufficient token, 400 for a request that makes no sense
(core/API/ResponseBuilder.php; https://developer.matomo.org/api-reference/reporting-api).
"""

from __future__ import annotations

import orjson
from starlette.responses import Response

TOO_LONG = (
    "The query took too long to execute. This can happen if the selected date range is too large. "
    "Please try to select a smaller date range."
)


class ApiError(Exception):
    """A refusal with the status it comes with."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.message, self.status = message, status

    def response(self) -> Response:
        return Response(orjson.dumps({"result": "error", "message": self.message}), self.status, media_type="application/json")


def bad_token() -> ApiError:
    return ApiError("Unable to authenticate with the provided token. It is either invalid or expired.", 401)


def token_in_url() -> ApiError:
    return ApiError(
        "Unable to authenticate with the provided token. It is either invalid, expired or is required to be sent as a POST parameter.", 401
    )


def no_view_access(site: str) -> ApiError:
    return ApiError(f"You can't access this resource as it requires 'view' access for the website id = {site}.", 401)


def missing(parameter: str) -> ApiError:
    return ApiError(f"The parameter '{parameter}' isn't set in the Request, and a default value wasn't provided.", 400)


def unknown_method(method: str) -> ApiError:
    return ApiError(f"The method '{method}' does not exist or is not available in the module.")


def bad_date(text: str) -> ApiError:
    return ApiError(
        f"Date format must be: YYYY-MM-DD, or 'today' or 'yesterday' or any keyword supported by the strtotime function, not '{text}'.", 400
    )


def bad_period(text: str) -> ApiError:
    return ApiError(f"The period '{text}' is not supported. Try any of the following instead: day, week, month, year, range", 400)


def bad_segment(text: str) -> ApiError:
    return ApiError(f"Segment '{text}' is not a supported segment.", 400)
