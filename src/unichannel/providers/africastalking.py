"""Africa's Talking: SMS out; delivery reports, answers and opt-outs in.

Guarantee: Africa's Talking takes no idempotency key and cannot be asked for a message: a doubtful send is
known by its report, if its id was heard, else the category decides.

Calls are proven by a token that is part of each callback URL, since Africa's Talking signs nothing:
``https://app.example.com/hooks/africastalking?token=…``. Reports, answers and opt-outs have a callback each,
and may all have the same URL.

Read as stored copies on 2026-11-22: http://docs.africastalking.com/sms/notifications and /sms/deliveryreports
(calls, statuses, reasons, the answer by 409), the same page's newer text as a public project keeps it (Expired,
AbsentSubscriber), Africa's Talking's clients and their users' tests (request, answer, status codes). Not
verified in a page: that ``Message`` names the code where no recipient is listed, whether a callback keeps a
query of ours (both ways are read).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast
from urllib.parse import parse_qsl, urlencode

import httpx

from unichannel.core.messaging.content import Sms
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, blames, failure, table
from unichannel.providers._shared.phones import Keywords, answers, checked_keywords, is_written_to, money
from unichannel.providers._shared.reading import at, mark, objects, text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.single import Codec, Errors, check_token

__all__ = ["ERRORS", "REASONS", "STATUSES", "AfricasTalking"]

_CODES = {
    "401": "RiskHold",
    "402": "InvalidSenderId",
    "403": "InvalidPhoneNumber",
    "404": "UnsupportedNumberType",
    "405": "InsufficientBalance",
    "406": "UserInBlacklist",
    "407": "CouldNotRoute",
    "409": "DoNotDisturbRejection",
    "500": "InternalServerError",
    "501": "GatewayError",
    "502": "RejectedByGateway",
}
_TAKEN = frozenset({"100", "101", "102"})

ERRORS = table(
    ("dead", "the number is none.", ("InvalidPhoneNumber",)),
    ("opted_out", "the person opted out; Africa's Talking refuses the number.", ("UserInBlacklist",)),
    ("configuration", "the sender is not one of this account: check sender.", ("InvalidSenderId",)),
    ("configuration", "the account has no credit left.", ("InsufficientBalance",)),
    ("configuration", "Africa's Talking holds the account's messages: ask it.", ("RiskHold",)),
    ("permanent", "the number takes no SMS, or has no way to it.", ("UnsupportedNumberType", "CouldNotRoute")),
    ("permanent", "the person is not to be disturbed, or not at this hour.", ("DoNotDisturbRejection",)),
    ("permanent", "the gateway rejected it.", ("RejectedByGateway",)),
    ("doubt", "Africa's Talking failed while it worked on it.", ("InternalServerError", "GatewayError")),
)
"""By the name of a recipient's ``statusCode``. DoNotDisturbRejection is told of hours (Nigeria) and of people
alike, so it is not tried again."""

STATUSES: Mapping[str, str] = {
    "Sent": "sent",
    "Submitted": "sent",
    "Buffered": "queued",
    "Success": "delivered",
    "Rejected": "bounced",
    "Failed": "bounced",
    "AbsentSubscriber": "bounced",
    "Expired": "failed",
}
"""Kinds of receipt by ``status`` (notifications, "Delivery Report notification contents")."""

REASONS = table(
    ("dead", "the number does not exist.", ("UserDoesNotExist",)),
    ("opted_out", "the person is on a list of those who want nothing.", ("UserInBlackList",)),
    ("permanent", "the number is not in service.", ("UserIsInactive", "UserAccountSuspended")),
    ("permanent", "the number belongs to another network.", ("NotNetworkSubcriber",)),
    ("permanent", "the person is not to be disturbed, or not at this hour.", ("DoNotDisturbRejection",)),
    (
        "permanent",
        "it was for a premium service.",
        ("InsufficientCredit", "InvalidLinkId", "UserNotSubscribedToProduct"),
    ),
    ("permanent", "the operator gave no reason.", ("DeliveryFailure",)),
)
"""What ``failureReason`` means for the address."""

_LIVE, _SANDBOX = "https://api.africastalking.com", "https://api.sandbox.africastalking.com"


class AfricasTalking(Codec):
    """SMS through Africa's Talking, from a short code, a name, or its own sender.

    The user ``sandbox`` sends to the sandbox. ``tokens`` (one or several) are part of the callback URLs;
    without one nothing is received. ``keywords`` are passed to ``read_opt_out``. ``errors``: meaning and
    reason by code, before ``ERRORS``.
    """

    contents = (Sms,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        username: str,
        api_key: str,
        *,
        sender: str = "",
        tokens: str | Sequence[str] = (),
        keywords: Keywords | None = None,
        errors: Errors | None = None,
        name: str = "africastalking",
        base_url: str = "",
    ) -> None:
        super().__init__(name, base_url or (_SANDBOX if username == "sandbox" else _LIVE), errors)
        self.username, self.sender = username, sender
        self._api_key, self._tokens = several(api_key, "api_key")[0], several(tokens, "tokens")
        self._keywords = checked_keywords(keywords)
        if not username:
            raise ConfigurationError("username is empty.", thing="username", mend="Give the app's.")
        inbound = bool(self._tokens) and is_written_to(sender)
        reports = {"delivered", "bounced"} | ({"replied"} if inbound else set())
        self.abilities = Abilities(
            frozenset(reports if self._tokens else ()), signature="token in the URL", inbound=inbound, tells_cost=True
        )

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        content = cast("Sms", outbound.content)
        form = {"username": self.username, "to": outbound.address, "message": content.text}
        sender = content.sender or self.sender
        headers = {
            "apiKey": self._api_key,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({**form, **({"from": sender} if sender else {})}).encode("ascii")
        return httpx.Request("POST", f"{self._base_url}/version1/messaging", headers=headers, content=body)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        """What it says of the one recipient; a refusal comes with a 201 as well."""
        recipient = next(iter(objects(at(body, "SMSMessageData", "Recipients") or [])), {})
        code = next((code for code in self._codes(response, body) if code in self._faults), "")
        if code:
            return failure(self._faults[code], code, raw={"status": response.status_code, "code": code})
        id = text(recipient, "messageId")
        is_taken = text(recipient, "statusCode") in _TAKEN and id != "None"
        return accepted(response, id if is_taken else "", cost=_price(text(recipient, "cost")))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        data = at(body, "SMSMessageData")
        recipient = next(iter(objects(at(data, "Recipients") or [])), {})
        named = _CODES.get(text(recipient, "statusCode"), "")
        return [code for code in (named, "" if recipient else text(data, "Message")) if code]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_token(request, self._tokens, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        """What a form tells, of now: its instants are in no stated zone."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("status") and form.get("id"):
            return [_report(form, ctx)]
        if form.get("from") and "text" in form:
            id = form.get("id") or mark(form)
            return answers(form, ctx, form["text"], id, keywords=self._keywords, address=form["from"])
        if form.get("phoneNumber") and "senderId" in form:
            more = {"address": form["phoneNumber"], "code": "stop", "refused": True}
            return [told("unsubscribed", form, ctx, channel="sms", **more)]
        if form.get("phoneNumber"):
            return [told("unknown", form, ctx, channel="sms", address=form["phoneNumber"])]
        raise MalformedWebhook("the form tells nothing that Africa's Talking tells.", thing=self.name)


def _report(form: Mapping[str, str], ctx: Context) -> Receipt:
    status, why = form["status"], form.get("failureReason", "")
    fault = REASONS.get(why)
    return told(
        STATUSES.get(status, "unknown"),
        form,
        ctx,
        channel="sms",
        id=f"{form['id']}:{status}",
        provider_id=form["id"],
        address=form.get("phoneNumber", ""),
        code=why or status,
        reason=fault.reason if fault else "",
        **blames(fault),
    )


def _price(written: str) -> Any:
    """``KES 0.8000``, as money."""
    currency, _, amount = written.partition(" ")
    return money(amount, currency) if amount else None
