"""Twilio's answers: a message as it says of itself, and refusals. The pages are named by the codec ``twilio``."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from unichannel.core.words.instant import SECOND, from_datetime
from unichannel.errors import InvalidInput
from unichannel.ports import Context, Outbound, Outcome
from unichannel.providers._shared.phones import money
from unichannel.providers._shared.reading import retry_after
from unichannel.providers._shared.twilio_contents import words_of
from unichannel.providers._shared.twilio_words import ERRORS, STATUSES, blame_of, code_of, fault_of

__all__ = ["CLOCKS", "accepted", "is_it", "is_recent", "json_of", "outcome_of", "refused"]

_PUT_RIGHT = (401, 403, 404, 405, 407)
_KEPT = ("sid", "status", "error_code", "num_segments", "price", "price_unit", "messaging_service_sid", "date_created")
_TRIAL = "Sent from your Twilio trial account - "

CLOCKS = 30 * SECOND
"""How much older than our first attempt a message may look. ``date_created`` has whole seconds and Twilio's
clock is not ours; the same text to the same person within half a minute is not worth sending twice."""


def json_of(response: httpx.Response) -> Mapping[str, Any]:
    """The body's JSON object, empty where it has none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def accepted(response: httpx.Response) -> Outcome:
    message = json_of(response)
    if not isinstance(message.get("sid"), str) or not message["sid"]:
        return Outcome.in_doubt(f"http_{response.status_code}", "Twilio said yes without saying to what.")
    return outcome_of(message)


def outcome_of(message: Mapping[str, Any]) -> Outcome:
    """What a message of Twilio's says of itself; its numbers and text are left out."""
    more: dict[str, Any] = {
        "provider_id": str(message.get("sid") or ""),
        "at": _instant(message.get("date_created")),
        "raw": {name: message[name] for name in _KEPT if name in message},
        "units": _segments(message),
        "cost": money(message.get("price"), message.get("price_unit")),
    }
    if STATUSES.get(str(message.get("status"))) not in ("failed", "bounced"):
        return Outcome.accepted(**more)
    code = code_of(message) or str(message["status"])
    fault = fault_of(code)
    return Outcome.failed(code, fault.reason, address=blame_of(code, message.get("from")), **more)


def _segments(message: Mapping[str, Any]) -> int | None:
    """The segments that Twilio counted; "0", what a messaging service says at first, is not known yet."""
    count = str(message.get("num_segments") or "")
    return int(count) if re.fullmatch(r"[1-9][0-9]?", count) else None


def refused(response: httpx.Response, ctx: Context) -> Outcome:
    """What an answer other than 2xx means: who is to blame, and whether Twilio may have sent it."""
    status = response.status_code
    problem = json_of(response)
    code = code_of(problem) or f"http_{status}"
    raw = {"status": status, "code": code}
    wait = retry_after(response, ctx)
    if status in (425, 429, 503):
        # "never processed and always safe to retry" (/errors/20429); 503 proves the same (law 5).
        return Outcome.retry(code, fault_of(code).reason, retry_after=wait, raw=raw)
    if status >= 500 or status < 400 or status == 408:
        return Outcome.in_doubt(code, f"Twilio answered with status {status}.", raw=raw)
    if code in ERRORS:
        fault = ERRORS[code]
        if fault.kind == "failed":
            return Outcome.failed(code, fault.reason, address=fault.address, raw=raw)
        is_ours = fault.kind == "misconfigured"
        return Outcome.retry(code, fault.reason, retry_after=wait, misconfigured=is_ours, raw=raw)
    if status in _PUT_RIGHT and not code_of(problem):
        reason = "Twilio lets us in nowhere: check account_sid, auth_token and base_url."
        return Outcome.misconfiguration(code, reason, raw=raw)
    return Outcome.failed(code, fault_of(code).reason, raw=raw)


def _instant(value: object) -> int | None:
    """Microseconds of an RFC 2822 date, None where it is none."""
    try:
        return from_datetime(parsedate_to_datetime(str(value)))
    except (ValueError, TypeError, OverflowError, InvalidInput):
        return None


def is_recent(message: object, outbound: Outbound) -> bool:
    if not isinstance(message, Mapping) or not str(message.get("direction", "")).startswith("outbound"):
        return False
    made = _instant(message.get("date_created"))
    return made is None or made >= (outbound.since or outbound.reserved) - CLOCKS


def is_it(message: Mapping[str, Any], outbound: Outbound) -> bool:
    """Whether the text is ours: a trial account puts words before it, a messaging service may change signs."""
    ours = words_of(outbound.content).strip()
    if not ours or not isinstance(message.get("body"), str):
        return False
    theirs = message["body"].removeprefix(_TRIAL).strip()
    return theirs == ours or (_letters(theirs) == _letters(ours) != "")


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if letter.isalnum())
