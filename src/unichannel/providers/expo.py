"""Expo's push service: notifications to apps made with Expo, handed on to FCM and APNs.

Guarantee: Expo takes no idempotency key and cannot be asked for a message by ours: a doubtful send is
decided by its category. Expo does not call either: a quarter of an hour after sending it can be asked what
became of a *ticket* (the delivery's provider id), for a day. The host does that by ``engine.receive("expo",
expo.ask(tickets))``, which asks Expo and gives its answers as receipts. ``ok`` is ``sent``: FCM or APNs took it.

Read as stored copies on 2026-11-22: https://docs.expo.dev/push-notifications/sending-notifications (request,
tickets, receipts, errors; also as the file docs/pages/push-notifications of expo/expo) and expo-server-sdk-node
(which tokens are Expo's). Not verified in a page: ``richContent`` (it is in clients of Expo's), sounds other
than "default". Expo has no field for a collapse key: it is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

import httpx

from unichannel.core.messaging.content import Push
from unichannel.errors import InvalidInput, MalformedWebhook, UnavailableError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.pushing import kept_for, values
from unichannel.providers._shared.reading import answered_json, at, body_of, objects, read_json, text, told
from unichannel.providers._shared.signing import check, fits, hexadecimal, several
from unichannel.providers._shared.single import Codec, Errors
from unichannel.providers._shared.writing import filled, json_post

__all__ = ["ERRORS", "MOST_TICKETS", "Expo"]

ERRORS = table(
    ("dead", "the device takes no notifications any more.", ("DeviceNotRegistered",)),
    ("permanent", "the notification is larger than 4096 bytes.", ("MessageTooBig",)),
    ("permanent", "Expo cannot use the notification.", ("VALIDATION_ERROR", "http_400")),
    ("retry", "the device, or the project, is written to too often.", ("MessageRateExceeded", "TOO_MANY_REQUESTS")),
    ("configuration", "Expo's FCM credentials belong to another app: mend them at Expo.", ("MismatchSenderId",)),
    ("configuration", "Expo's credentials for FCM or APNs are none: mend them at Expo.", ("InvalidCredentials",)),
    ("configuration", "Expo does not accept the access token: check access_token.", ("UNAUTHORIZED",)),
)
"""By ``details.error`` of a ticket or receipt, else by the request's ``errors[0].code`` ("Errors")."""

MOST_TICKETS = 1000
"""Tickets of one question (PUSH_TOO_MANY_RECEIPTS)."""

_ADDRESS = re.compile(r"Expo(nent)?PushToken\[[^\[\]]{1,512}\]|[a-zA-Z\d]{8}(-[a-zA-Z\d]{4}){3}-[a-zA-Z\d]{12}")
_TICKET = re.compile(r"[\w-]{1,128}", re.ASCII)
_SIGNED = "X-Unichannel-Signature"


class Expo(Codec):
    """Notifications through Expo, to its push tokens (``ExponentPushToken[…]``).

    ``access_token`` where the project asks for one. ``secrets`` (one or several) are the host's own: they
    sign what ``ask`` makes, so that nobody else makes us ask; without one nothing is asked. ``errors``:
    meaning and reason by code, before ``ERRORS``.
    """

    contents = (Push,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        access_token: str = "",
        *,
        secrets: str | Sequence[str] = (),
        errors: Errors | None = None,
        name: str = "expo",
        base_url: str = "https://exp.host",
    ) -> None:
        super().__init__(name, base_url, errors)
        self._secrets = several(secrets, "secrets")
        self._headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        reports = frozenset({"bounced"}) if self._secrets else frozenset()
        self.abilities = Abilities(reports, signature="HMAC-SHA256, our own")

    def ask(self, tickets: Iterable[str]) -> Request:
        """The call by which ``engine.receive`` asks what became of tickets, at most a thousand.

        Raises InvalidInput for more, or none, and for what is no ticket.
        """
        ids = sorted(set(tickets))
        if not 1 <= len(ids) <= MOST_TICKETS or not all(_TICKET.fullmatch(one) for one in ids) or not self._secrets:
            raise InvalidInput("these are no tickets.", thing="tickets", mend="Give 1 to 1000, and Expo(secrets=…).")
        body = json.dumps({"ids": ids}).encode()
        return Request("POST", f"{self._base_url}/ask", {_SIGNED: hexadecimal(self._secrets[0], body)}, body)

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Ask Expo for the receipts of the tickets in a call that ``ask`` made; those it has not yet are left out.

        Raises UnavailableError where Expo does not answer.
        """
        if request.method.upper() in ("GET", "HEAD"):
            return Received(answer=Answer(200))
        body = body_of(request, self.name)
        expected = [hexadecimal(secret, body) for secret in self._secrets]
        check(fits(expected, [request.header(_SIGNED)]), self.name, _SIGNED)
        ids = at(read_json(body, self.name), "ids")
        if not isinstance(ids, list):
            raise MalformedWebhook("the call names no tickets.", thing=self.name)
        url = f"{self._base_url}/--/api/v2/push/getReceipts"
        question = json_post(url, {"ids": ids}, self._headers)
        question.extensions["safe"] = True
        response = yield question
        found = at(answered_json(response), "data")
        if not response.is_success or not isinstance(found, Mapping):
            raise UnavailableError("Expo gave no receipts.", thing=self.name, mend="Ask again later.")
        return Received(tuple(self._receipt(id, one, ctx) for id, one in found.items()), Answer(200))

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Push", outbound.content)
        if not _ADDRESS.fullmatch(outbound.address):
            return Outcome.failed("no_expo_token", "the address is no push token of Expo's.")
        shown = filled(
            {
                "to": outbound.address,
                "title": content.title,
                "body": content.body,
                "sound": content.sound,
                "badge": content.badge,
                "ttl": kept_for(outbound, content, ctx.now),
                "richContent": {"image": content.image},
                "mutableContent": True if content.image else None,
            }
        )
        url = f"{self._base_url}/--/api/v2/push/send"
        return json_post(url, {**shown, "data": values(outbound, content)}, self._headers)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """A ticket, alone or in a list; one that tells an error says that nothing was taken."""
        ticket = next(iter(objects(at(body, "data"))), {})
        if text(ticket, "status") != "error":
            return accepted(response, text(ticket, "id"))
        code = _code(ticket)
        fault = self._faults.get(code) or Fault("permanent", "Expo refused it.")
        return failure(fault, code, raw={"status": response.status_code, "code": code})

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(at(body, "errors"), 0, "code")]

    def _receipt(self, id: str, receipt: Any, ctx: Context) -> Receipt:
        """What became of a ticket, of now: Expo gives no instant."""
        code = _code(receipt) if text(receipt, "status") == "error" else ""
        fault = self._faults.get(code) or Fault("permanent", "Expo could not hand it on." if code else "")
        is_dead = fault.meaning == "dead"
        kind = {"ok": "sent", "error": "bounced" if is_dead else "failed"}.get(text(receipt, "status"), "unknown")
        more = {"code": code, "reason": fault.reason, "address": _address(receipt), "address_dead": is_dead}
        return told(kind, {id: receipt}, ctx, channel="push", provider_id=id, id=f"{id}:{kind}", **more)


def _code(one: Any) -> str:
    code = text(one, "details", "error")
    return code if code.isascii() and code.isalnum() and len(code) <= 64 else "error"


def _address(receipt: Any) -> str:
    """The token that a receipt is about, where it says so: in its details, or in its words."""
    found = _ADDRESS.search(text(receipt, "details", "expoPushToken")) or _ADDRESS.search(text(receipt, "message"))
    return found[0] if found else ""
