"""Faults: what a provider's refusal means for us, as one table per provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import httpx

from unichannel.ports import Context, Outcome
from unichannel.providers._shared.reading import retry_after

__all__ = ["Errors", "Fault", "Meaning", "accepted", "blames", "failure", "refusal", "table", "told_by"]

Meaning = Literal["retry", "permanent", "dead", "opted_out", "configuration", "doubt"]
"""What to do next: try again; not again; never again to this address, because it is none or because
the provider refuses it; mend the settings, then again; find out whether an earlier try went out."""


Errors = Mapping[str, tuple[Meaning, str]]
"""Meaning and reason by a provider's code: what a host knows better than the codec's table."""


class Fault(NamedTuple):
    """What one of a provider's codes means, and what to say of it. No reason quotes a person's data."""

    meaning: Meaning
    reason: str


BY_STATUS: Mapping[int, Fault] = {
    401: Fault("configuration", "the provider does not accept the credentials: check them."),
    402: Fault("configuration", "the account is out of credit or suspended: ask the provider."),
    403: Fault("configuration", "the provider forbids it: check the credentials and the sender."),
    404: Fault("configuration", "the provider does not know this address of its API: check base_url."),
    405: Fault("configuration", "the provider does not know this address of its API: check base_url."),
    407: Fault("configuration", "the proxy does not let us through: check its credentials."),
    413: Fault("permanent", "the message is too large for the provider."),
    425: Fault("retry", "the provider asks to come again."),
    429: Fault("retry", "the provider is asked for too much at once."),
    503: Fault("retry", "the provider is not available now."),
}
"""What an answer's status means where its code is unknown. 503 proves that nothing was done."""

_CODE = re.compile(r"[\w.:/ -]{1,64}", re.ASCII)
_UNSENT = frozenset({425, 429, 503})
_ADDRESS: Mapping[Meaning, Literal["", "dead", "opted_out"]] = {"dead": "dead", "opted_out": "opted_out"}


def table(*rows: tuple[Meaning, str, Iterable[str | int]]) -> Mapping[str, Fault]:
    """A table of faults by code, from rows of meaning, reason and codes.

    ``http_404`` stands for a status that carries no code of the provider's.
    """
    return {str(code): Fault(meaning, reason) for meaning, reason, codes in rows for code in codes}


def told_by(errors: Errors | None, faults: Mapping[str, Fault]) -> Mapping[str, Fault]:
    """A codec's table with the host's own meanings before it."""
    return {**faults, **{code: Fault(*told) for code, told in (errors or {}).items()}}


def failure(fault: Fault, code: str, wait: float | None = None, **more: Any) -> Outcome:
    """The outcome of a fault. What the host can mend is kept until it is mended: nobody is lost by it."""
    if fault.meaning == "doubt":
        return Outcome.in_doubt(code, fault.reason, **more)
    if fault.meaning in ("retry", "configuration"):
        is_ours = fault.meaning == "configuration"
        return Outcome.retry(code, fault.reason, retry_after=wait, misconfigured=is_ours, **more)
    return Outcome.failed(code, fault.reason, address=_ADDRESS.get(fault.meaning, ""), **more)


def blames(fault: Fault | None) -> Mapping[str, bool]:
    """What a fault that a receipt tells of says of the address."""
    meaning = fault.meaning if fault else ""
    return {"address_dead": meaning == "dead", "refused": meaning == "opted_out"}


def refusal(response: httpx.Response, ctx: Context, faults: Mapping[str, Fault], *codes: str) -> Outcome:
    """What an answer other than 2xx means: the first known of ``codes``, else its status.

    What the provider says in words is not kept: it may quote the person's address.
    """
    status = response.status_code
    named = [code for code in codes if _CODE.fullmatch(code)] + [f"http_{status}"]
    raw = {"status": status, "code": named[0]}
    if status == 408 or not (status in _UNSENT or 400 <= status < 500):
        return Outcome.in_doubt(named[0], f"the provider answered with status {status}.", raw=raw)
    known = next((code for code in named if code in faults), named[0])
    fault = faults.get(known) or BY_STATUS.get(status) or Fault("permanent", "the provider refused it.")
    if status in _UNSENT and fault.meaning != "configuration":
        fault = Fault("retry", fault.reason)  # it surely did nothing, so nothing is final
    return failure(fault, known, retry_after(response, ctx), raw=raw)


def accepted(response: httpx.Response, provider_id: str, **more: Any) -> Outcome:
    """Acceptance under the provider's name for it; without a name nobody knows what was accepted."""
    if not provider_id:
        return Outcome.in_doubt(f"http_{response.status_code}", "the provider said yes without saying to what.")
    return Outcome.accepted(provider_id, raw={"status": response.status_code}, **more)
