"""Twilio's words: what its error codes and statuses mean. The pages are named by the codec ``twilio``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

__all__ = ["CALLS", "ERRORS", "STATUSES", "Fault", "blame_of", "code_of", "fault_of"]

_SHORT_CODE = re.compile(r"[0-9]{3,8}")


class Fault(NamedTuple):
    """What one of Twilio's error codes means for us."""

    kind: Literal["failed", "retry", "misconfigured"]
    reason: str
    address: Literal["", "dead", "opted_out"] = ""


_SENDER = "the sender is missing, or not one of this account: check sender."
_SERVICE_UNKNOWN = "the messaging service is unknown or has no sender: check sender."
_BUSY = "Twilio is asked for too much at once."
_TEXT = "Twilio cannot take this text: it is empty or longer than 1600 characters."

_TABLE: tuple[tuple[Fault, tuple[int, ...]], ...] = (
    (Fault("failed", "the number is none, or not in service.", "dead"), (21211, 21614, 30005)),
    (Fault("failed", "the number is a landline, which takes no SMS.", "dead"), (21635, 30006)),
    (Fault("failed", "the person opted out; Twilio refuses the number.", "opted_out"), (21610,)),
    # What the host can mend is kept until it is mended, so that nobody is lost and no address is blamed.
    (
        Fault("misconfigured", "Twilio does not accept the credentials: check account_sid and auth_token."),
        (20003, 70051),
    ),
    (Fault("misconfigured", "the Twilio account is suspended or closed: ask Twilio."), (20403, 30002)),
    (Fault("misconfigured", "Twilio does not know the account: check account_sid and base_url."), (20404,)),
    (Fault("misconfigured", _SENDER), (14102, 14108, 21212, 21401, 21601, 21603, 21606, 21659, 21660, 21661)),
    (Fault("misconfigured", _SERVICE_UNKNOWN), (21701, 21703, 21705)),
    (Fault("misconfigured", "the country is not enabled: enable it in Twilio's geographic permissions."), (21408,)),
    (Fault("misconfigured", "a trial account sends to verified numbers only: upgrade it."), (21608,)),
    (
        Fault("misconfigured", "Twilio cannot use the callback URL: it must be public, its host without underscore."),
        (21609,),
    ),
    (Fault("retry", _BUSY), (14107, 20429, 21611, 30001, 30022, 63017)),
    (Fault("retry", "the account's limit of messages in 24 hours is reached."), (63038,)),
    (Fault("failed", _TEXT), (21602, 21605, 21617)),
    (Fault("failed", "this sender cannot reach this number."), (21612,)),
    (Fault("failed", "the handset could not be reached."), (30003,)),
    (Fault("failed", "the message was blocked on its way."), (30004, 63014)),
    (Fault("failed", "a carrier or Twilio filtered the message."), (30007,)),
    (Fault("failed", "the carrier gave no reason, or Twilio failed."), (30008, 30410, 30500)),
    (Fault("failed", "the sender is not registered for US traffic: register it."), (30034,)),
    (Fault("failed", "it waited in Twilio's queue longer than its validity."), (30036,)),
    (Fault("misconfigured", "the template is unknown: check templates."), (21655,)),
    (Fault("misconfigured", "the sender is no channel of this account: check senders."), (63007,)),
    (Fault("retry", "WhatsApp or RCS is asked for too much at once."), (63018,)),
    (Fault("misconfigured", "the WhatsApp account has a problem with its payment."), (63020,)),
    (Fault("failed", "more than 24 hours since the person's last message: send a template."), (63016,)),
    (Fault("failed", "the person cannot be reached by WhatsApp or RCS."), (63003, 63024)),
    (Fault("failed", "WhatsApp held it back, to keep the number of marketing messages low."), (63032, 63049)),
    (Fault("failed", "the parameters do not fit the template."), (21656, 63028)),
    (Fault("failed", "the file could not be fetched, or is of no supported type."), (21620, 63019)),
)
# Each code at /api/errors/<code>. Only a title was found, in public clients' tables, for 21211, 21408,
# 21602, 21612, 21617, 30002, 30004, 30005, 30007, 30008 and 20404; nothing for 14107, 21212, 21605, 21659,
# 21660, 21703 and 30034. Those of WhatsApp are mapped by /whatsapp/tutorial/error-codes; 21620, 21655, 21656, 63003,
# 63007 and 63049 are from general knowledge.
ERRORS: Mapping[str, Fault] = {str(code): fault for fault, codes in _TABLE for code in codes}
"""What is known of Twilio's error codes; others fail with their code and say nothing of the address."""

STATUSES: Mapping[str, str] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "bounced",
    "failed": "failed",
    "canceled": "failed",
    "read": "opened",
}
"""Kinds of receipt by MessageStatus (message-resource, table of status values)."""

CALLS: Mapping[str, tuple[str, ...]] = {
    "queued": ("queued",),
    "initiated": ("queued",),
    "ringing": ("sent",),
    "in-progress": ("opened",),
    "completed": ("delivered", "opened"),
    "busy": ("bounced",),
    "no-answer": ("bounced",),
    "failed": ("failed",),
    "canceled": ("failed",),
}
"""Kinds of receipt by CallStatus (/voice/api/call-resource, table of status values): answered is opened."""


def fault_of(code: str) -> Fault:
    # Twilio's own message is not used: it quotes the person's number.
    page = f": see https://www.twilio.com/docs/api/errors/{code}" if code.isdigit() else "."
    return ERRORS.get(code) or Fault("failed", f"Twilio refused it{page}")


def code_of(problem: Mapping[str, Any]) -> str:
    code = str(problem.get("code") or problem.get("error_code") or "")
    return code if re.fullmatch(r"[0-9]{1,9}", code) else ""


def blame_of(code: str, sender: object) -> Literal["", "dead", "opted_out"]:
    # From a short code, 30006 may mean that the carrier does not serve short codes (/api/errors/30006).
    if code == "30006" and _SHORT_CODE.fullmatch(str(sender)):
        return ""
    return ERRORS[code].address if code in ERRORS else ""
