"""Sinch: SMS and MMS by its SMS REST API; reports per person, and what people write, in.

Guarantee: Sinch takes no idempotency key. Our key goes with each batch (``client_reference``), comes back
with each report, and a doubtful send is looked up by it.

Read as stored copies on 2026-11-22, under https://developers.sinch.com/docs/sms/api-reference: /sms/batches
(request, list), /status-codes and https://community.sinch.com/t5/SMS/Common-SMS-HTTP-Statuses-and-Codes-
Explained/ta-p/14163 (errors), /sms/delivery-reports/delivery-report-error-codes (statuses, codes),
/sms/tag/Webhooks (callbacks, how often they are tried, their logins); the fields of reports, of MMS and of
messages as sinch-sdk-python has them; the signature as that and sinch-sdk-dotnet check it, which says the
account manager sets for an account. Not verified: codes of reports below 400, which are those of SMPP and
of networks, and from 413 on; what ``subject`` of an MMS may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import httpx

from unichannel.core.messaging.content import Content, Mms, Sms
from unichannel.core.words.instant import SECOND, iso
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import answered_json, at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.sinch import HEADER, check_signed
from unichannel.providers._shared.single import Errors, key_of
from unichannel.providers._shared.talking import Unfit, joined
from unichannel.providers._shared.texting import Senders, TextCodec, bare, form_of, number
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "SETTLING", "STATUSES", "Sinch"]

ERRORS = table(
    ("configuration", "Sinch does not accept the token: check service_plan_id and api_token.", ("http_401",)),
    ("configuration", "the account is blocked: ask Sinch.", ("blocked_account",)),
    ("configuration", "no URL for reports is known: give Engine(webhooks=…).", ("missing_callback_url",)),
    ("configuration", "no sender is set for this number's country: check sender.", (410,)),
    ("configuration", "the account may not send to this country: ask Sinch.", (412,)),
    ("permanent", "the number is of a kind that cannot be written to here.", ("illegal_number_type",)),
    (
        "permanent",
        "Sinch cannot use the message: a value is missing or wrong.",
        ("syntax_invalid_json", "syntax_invalid_parameter_format", "syntax_constraint_violation", 405),
    ),
    ("permanent", "Sinch cannot reach the number.", (402, 408)),
    ("permanent", "Sinch failed, or the network did for a time.", (403, 404)),
    ("permanent", "its validity ended, or it was called back.", (406, 407)),
    ("permanent", "it has more segments than are allowed.", (411,)),
)
"""By the ``code`` of a refusal, and of a report."""

STATUSES: Mapping[str, str] = {
    "queued": "queued",
    "dispatched": "sent",
    "unknown": "sent",
    "delivered": "delivered",
    "aborted": "rejected",
    "rejected": "bounced",
    "deleted": "bounced",
    "failed": "bounced",
    "cancelled": "failed",
    "expired": "failed",
}
"""Kinds of receipt by ``status``. Unknown: it reached the network, which tells nothing more."""

SETTLING = 60 * SECOND
"""How long after our first attempt an absence proves nothing: Sinch may still be working on the request."""

_REPORTS = ("recipient_delivery_report_sms", "recipient_delivery_report_mms")
_ANSWERS = ("mo_text", "mo_media")


class Sinch(TextCodec):
    """SMS and MMS through Sinch.

    ``region``: us, eu, au, br or ca; MMS are of the first. Of its calls either the signature is verified
    (``secrets``, one or several) or a login in the webhook's URL (``logins``: ``user:password``); without
    either nothing is received. ``max_age``: seconds that a signed call may be old; Sinch tries for 23 hours.
    ``validity`` in seconds (up to 259,200). ``keywords``: your own opt-out words. ``extra`` is added to each
    batch. ``errors``: meaning and reason by code, before ``ERRORS``. Raises ConfigurationError for settings
    that cannot work.
    """

    contents = (Sms, Mms)
    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "bounced", "replied"}),
        looks_up=True,
        takes=frozenset({"media"}),
        signature="HMAC-SHA256, or a login",
        inbound=True,
        media=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        service_plan_id: str,
        api_token: str,
        *,
        sender: Senders = "",
        secrets: str | Sequence[str] = (),
        logins: str | Sequence[str] = (),
        region: str = "us",
        max_age: int = 90_000,
        validity: int | None = None,
        keywords: Keywords | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "sinch",
        base_url: str = "",
    ) -> None:
        self._secrets, self._logins = several(secrets, "secrets"), several(logins, "logins")
        base_url = base_url or f"https://{region}.sms.api.sinch.com"
        hears = bool(self._secrets or self._logins)
        super().__init__(name, base_url, sender, hears=hears, keywords=keywords, extra=extra, errors=errors)
        self._url = f"{self._base_url}/xms/v1/{quote(service_plan_id, safe='')}/batches"
        self._authorization = f"Bearer {several(api_token, 'api_token')[0]}"
        self._max_age, self._validity = max_age * SECOND, validity
        if not service_plan_id or not (validity is None or 0 < validity <= 259_200):
            raise ConfigurationError(
                "the service plan is empty, or validity out of range.",
                thing="service_plan_id",
                mend="Give the plan's id, and at most 259200 seconds.",
            )

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        batch = {
            "from": bare(sender),
            "to": [bare(outbound.address)],
            **form_of(_FORMS, outbound.content)(outbound.content),
            "delivery_report": "per_recipient" if ctx.callback_url else "none",
            "callback_url": ctx.callback_url,
            "client_reference": outbound.key,
            "expire_at": iso(ctx.now + self._validity * SECOND) if self._validity else "",
        }
        return post(self._url, {**batch, **self._extra}, Authorization=self._authorization)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "code")]

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for the batch with our key since the first attempt."""
        since = iso((outbound.since or outbound.reserved) - 30 * SECOND)
        asked = urlencode({"client_reference": outbound.key, "start_date": since, "page_size": 10})
        headers = {"Authorization": self._authorization, "Accept": "application/json"}
        response = yield httpx.Request("GET", f"{self._url}?{asked}", headers=headers, extensions={"safe": True})
        found = at(answered_json(response), "batches")
        if not response.is_success or not isinstance(found, list):
            return Outcome.in_doubt("look_up_failed", "Sinch's list of batches could not be read.")
        ours = [one for one in objects(found) if text(one, "client_reference") == outbound.key and text(one, "id")]
        if ours:
            return Outcome.accepted(text(ours[0], "id"), raw={"status": response.status_code})
        if ctx.now - outbound.since < SETTLING:
            return Outcome.in_doubt("too_early", "Sinch may still be working on it.")
        return None

    def _verify(self, request: Request, ctx: Context) -> None:
        if self._logins and not request.header(HEADER):
            check_basic(request, self._logins, self.name)
        else:
            check_signed(request, self._secrets, ctx.now, self._max_age, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        found: list[Receipt] = []
        for event in objects(read_json(request.body, self.name)):
            sort = text(event, "type")
            if sort in _REPORTS:
                found.append(self._report(event, ctx, key_of(request)))
            elif sort in _ANSWERS:
                found += self._inbound(event, ctx)
            else:
                found.append(told("unknown", event, ctx, key=key_of(request), channel="sms"))
        return found

    def _report(self, event: Mapping[str, Any], ctx: Context, key: str) -> Receipt:
        batch, status, code = text(event, "batch_id"), text(event, "status").lower(), text(event, "code")
        kind = STATUSES.get(status, "unknown")
        fault = None if kind in ("queued", "sent", "delivered") else self._faults.get(code)
        return told(
            kind,
            event,
            ctx,
            occurred=instant(event.get("at"), ctx.now),
            key=text(event, "client_reference") or key,
            provider_id=batch,
            id=f"{batch}:{status}",
            channel=text(event, "type").rpartition("_")[2],
            address=number(text(event, "recipient")),
            code=code,
            reason=fault.reason if fault else "",
            **blames(fault),
        )

    def _inbound(self, event: Mapping[str, Any], ctx: Context) -> Sequence[Receipt]:
        is_media = text(event, "type") == "mo_media"
        return self._heard(
            event,
            ctx,
            words=text(event, "body", "message") if is_media else text(event, "body"),
            id=text(event, "id"),
            occurred=instant(event.get("received_at"), ctx.now),
            provider_id=text(event, "id"),
            channel="mms" if is_media else "sms",
            address=number(text(event, "from")),
        )


def _sms(content: Sms) -> Mapping[str, Any]:
    return {"type": "mt_text", "body": content.text}


def _mms(content: Mms) -> Mapping[str, Any]:
    if len(content.media) > 1:
        raise Unfit("Sinch sends one file with an MMS.")
    (media,) = content.media
    below = joined(content.text, media.caption)
    return {"type": "mt_media", "body": {"url": media.url, "message": below, "subject": content.subject}}


_FORMS: Mapping[type[Content], Callable[[Any], Mapping[str, Any]]] = {Sms: _sms, Mms: _mms}
