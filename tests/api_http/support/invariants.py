"""What the contract says of every answer, whatever its route."""

import re

from support.client import Answer

CODES = {
    400: {"bad_request", "malformed_json", "invalid_parameter", "invalid_cursor",
          "page_too_deep"},
    401: {"unauthenticated", "invalid_credentials"},
    403: {"forbidden", "cross_site", "invalid_credentials"},
    404: {"not_found"},
    405: {"method_not_allowed"},
    408: {"request_timeout"},
    409: {"username_taken"},
    411: {"length_required"},
    412: {"precondition_failed"},
    413: {"body_too_large"},
    414: {"uri_too_long"},
    415: {"unsupported_media_type"},
    422: {"invalid_fields", "idempotency_key_reused", "cannot_follow_self",
          "too_many_followees"},
    429: {"rate_limited"},
    431: {"headers_too_large"},
    503: {"overloaded", "unavailable"},
}
FIELD_CODES = {"required", "invalid", "blank", "too_short", "too_long"}
CLOSING = {"bad_request", "length_required", "request_timeout", "body_too_large", "uri_too_long",
           "headers_too_large"}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"


def faults(answer: Answer):
    """Yields a sentence for every general rule that the answer breaks."""
    request_id = answer.header("X-Request-Id")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", request_id or ""):
        yield f"X-Request-Id is {request_id!r}"
    sent = answer.sent_request_id
    if sent is not None:
        if bool(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", sent)) != (sent == request_id):
            yield f"X-Request-Id {sent!r} became {request_id!r}"
    if answer.header("X-Content-Type-Options") != "nosniff":
        yield f"X-Content-Type-Options is {answer.header('X-Content-Type-Options')!r}"
    if not re.fullmatch(DATE, answer.header("Date") or ""):
        yield f"Date is {answer.header('Date')!r}"
    if answer.status == 401 and answer.header("WWW-Authenticate") != "Bearer":
        yield f"WWW-Authenticate is {answer.header('WWW-Authenticate')!r}"
    if answer.status == 405 and not answer.header("Allow"):
        yield "405 without Allow"
    if answer.status in (429, 503) and not re.fullmatch(
            r"[1-9]\d*", answer.header("Retry-After") or ""):
        yield f"Retry-After is {answer.header('Retry-After')!r}"
    limits = [answer.header(f"RateLimit-{name}") for name in ("Limit", "Remaining", "Reset")]
    if any(limits) and not all(re.fullmatch(r"\d+", value or "") for value in limits):
        yield f"RateLimit fields are {limits}"
    if answer.status >= 400 and answer.method != "HEAD":
        yield from problem_faults(answer, request_id)
    elif answer.body and answer.target and answer.target.startswith("/api/"):
        if answer.header("Content-Type") not in (
                "application/json", "application/json; charset=utf-8"):
            yield f"Content-Type is {answer.header('Content-Type')!r}"


def problem_faults(answer, request_id):
    if answer.header("Content-Type") != "application/problem+json":
        if not (answer.target or "/api").startswith("/api"):
            return  # outside /api an error may be a page
        yield f"Content-Type of a problem is {answer.header('Content-Type')!r}"
        return
    try:
        problem = answer.json()
    except ValueError as error:
        yield f"the problem is no JSON in UTF-8: {error}"
        return
    missing = PROBLEM_MEMBERS - problem.keys()
    if missing:
        yield f"the problem lacks {missing}"
        return
    code = problem["code"]
    if code not in CODES.get(answer.status, ()):
        yield f"code {code!r} with status {answer.status}"
    if problem["status"] != answer.status:
        yield f"the problem's status is {problem['status']}"
    if problem["type"] != f"/problems/{code}":
        yield f"the problem's type is {problem['type']!r}"
    if problem["request_id"] != request_id:
        yield f"request_id {problem['request_id']!r} is not X-Request-Id {request_id!r}"
    if not problem["title"] or not problem["detail"]:
        yield "an empty title or detail"
    if ("errors" in problem) != (code == "invalid_fields"):
        yield "`errors` stands with invalid_fields alone"
    for error in problem.get("errors", ()):
        if error.keys() != {"field", "code", "detail"} or error["code"] not in FIELD_CODES:
            yield f"bad entry in errors: {error}"
    if code in CLOSING and answer.header("Connection") != "close":
        yield f"{code} must close, Connection is {answer.header('Connection')!r}"
