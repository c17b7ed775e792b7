"""What an HTTP conversation amounts to: decided in generators without I/O, driven by ``transports.http``.

How a conversation ends:

- A refused connection, a full pool, 429 and 503 prove that nothing was accepted: such a request is
  repeated, and at the end the outcome is *retry*.
- Any other fault (a time-out, a broken connection, 500, 502, 504) proves nothing. It is repeated
  only where a second copy does no harm: the provider takes our key, or the request says that it is
  safe. At the end the outcome is *in doubt*, unless every such request was safe.
- Every other answer belongs to the codec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias, TypeVar, cast

import httpx
import tenacity

from unichannel.core.words.instant import SECOND, to_datetime
from unichannel.errors import ConfigurationError, UnavailableError, UnichannelError
from unichannel.ports import Conversation, Outcome, Received

__all__ = ["Call", "Closed", "Reply", "Steps", "answered", "looking", "receiving", "sending"]

T = TypeVar("T")
Reply: TypeAlias = "httpx.Response | Exception"
Steps: TypeAlias = Generator[httpx.Request, Reply, T]

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_OURS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
"""Requests that httpx itself refuses: they never left, and a repetition ends the same way."""


class _Fault(Exception):
    """A request that got no answer for the codec."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(type(reply).__name__)
        self.reply = reply


class _OutOfPatience(Exception):
    """The conversation took too long for another request to begin."""


class Closed(Exception):
    """The caller's client was closed by the caller."""


class _Left(Mapping[str, float]):
    """Time-outs that shrink: httpcore asks for one as each phase begins, so they keep one limit together."""

    def __init__(self, until: float, clock: Callable[[], float]) -> None:
        self._until, self._clock = until, clock

    def __getitem__(self, phase: str) -> float:
        return max(self._until - self._clock(), 0.001)

    def __iter__(self) -> Iterator[str]:
        return iter(("connect", "read", "write", "pool"))

    def __len__(self) -> int:
        return 4


@dataclass(slots=True)
class Call:
    """One conversation: its limits (seconds), and what it may have brought about so far.

    ``keyed``: any request may be repeated. ``sent``: a request may have reached the provider;
    ``asked``: one that was not safe. ``maybe``: a message may have been accepted; ``doubt``: and no
    answer said so.
    """

    clock: Callable[[], float]
    began: float
    timeout: float
    patience: float
    attempts: int
    now: int
    keyed: bool
    until: float = 0.0
    sent: bool = False
    asked: bool = False
    maybe: bool = False
    doubt: bool = False

    def prepare(self, request: httpx.Request) -> None:
        """Give the request its time-outs, one limit for all its phases."""
        self.until = self.clock() + self.timeout
        request.extensions["timeout"] = _Left(self.until, self.clock)
        request.headers.setdefault("User-Agent", "unichannel")

    def in_time(self, chunk: bytes) -> bytes:
        """A part of an answer that came while the request's time lasted; raises httpx.ReadTimeout."""
        if self.clock() > self.until:
            raise httpx.ReadTimeout("the answer took too long")
        return chunk

    def note(self, request: httpx.Request, reply: Reply) -> Reply:
        """Remember what this attempt may have brought about.

        A later attempt that is surely refused says nothing of an earlier one.
        """
        self.sent = self.sent or not _unsent(reply)
        if not (_safe(request) or _unsent(reply)):
            self.asked = True
            self.doubt = self.doubt or _faulty(reply)
            self.maybe = self.doubt or self.maybe or (isinstance(reply, httpx.Response) and reply.status_code < 400)
        return reply

    def rules(self, request: httpx.Request, wait: Callable[[tenacity.RetryCallState], float]) -> dict[str, Any]:
        """The short retries of one request, for tenacity; the last reply comes back, whatever it is."""
        return {
            "retry": tenacity.retry_if_result(lambda reply: self._repeatable(request, reply)),
            "wait": lambda state: _first(self.named_wait(_reply(state)), wait(state)),
            "stop": lambda state: state.attempt_number >= self.attempts or not self.fits(state.upcoming_sleep),
            "retry_error_callback": _reply,
        }

    def _repeatable(self, request: httpx.Request, reply: Reply) -> bool:
        if isinstance(reply, Exception) and (not isinstance(reply, httpx.TransportError) or isinstance(reply, _OURS)):
            return False
        return _unsent(reply) or (_faulty(reply) and (self.keyed or _safe(request)))

    def fits(self, seconds: float) -> bool:
        """Whether a request that begins after so many seconds is within the patience."""
        return self.clock() - self.began + seconds <= self.patience

    def named_wait(self, reply: Reply) -> float | None:
        """Seconds that the reply asks to wait, by its Retry-After."""
        if not isinstance(reply, httpx.Response):
            return None
        now = self.now + int((self.clock() - self.began) * SECOND)
        return _retry_after(reply.headers.get("Retry-After", ""), now)

    def outcome(self, fault: Exception) -> Outcome:
        """What a send amounts to when the codec did not get to say it."""
        reply = fault.reply if isinstance(fault, _Fault) else fault
        code, reason = _named(reply)
        if self.maybe:
            return Outcome.in_doubt(code, reason, retry_after=self.named_wait(reply))
        if isinstance(reply, _OURS):
            return Outcome.failed("configuration", reason)
        return Outcome.retry(code, reason, retry_after=self.named_wait(reply))

    def codec_error(self, error: Exception) -> Outcome:
        """What a send amounts to when the codec itself broke."""
        reason = f"the codec raised {type(error).__name__}"
        if self.asked:
            return Outcome.in_doubt("codec_error", reason)
        if isinstance(error, ConfigurationError):
            return Outcome.failed("configuration", f"{error.thing or reason}: {error.mend or 'mend the settings.'}")
        # An answer to a safe request may be what it stumbled on, and the next one be well again.
        return Outcome.retry("codec_error", reason) if self.sent else Outcome.failed("codec_error", reason)


def sending(start: Callable[[], Conversation[Outcome]], call: Call) -> Steps[Outcome]:
    """A send, to its outcome."""
    try:
        outcome = yield from _converse(start, call)
        if not isinstance(outcome, Outcome):
            raise TypeError("a codec's send returns an Outcome")
    except (_Fault, _OutOfPatience) as fault:
        return call.outcome(fault)
    except Exception as error:
        return call.codec_error(error)
    if outcome.kind == "retry" and call.doubt:  # the codec knows the last attempt only
        return Outcome.in_doubt(outcome.code, outcome.reason, retry_after=outcome.retry_after)
    return outcome


def looking(start: Callable[[], Conversation[Outcome | None]], call: Call) -> Steps[Outcome | None]:
    """A look-up: whatever goes wrong with it leaves the send in doubt."""
    try:
        found = yield from _converse(start, call)
        if not isinstance(found, Outcome | None):
            raise TypeError("a codec's look_up returns an Outcome or None")
    except (_Fault, _OutOfPatience) as fault:
        reply = fault.reply if isinstance(fault, _Fault) else fault
        return Outcome.in_doubt(*_named(reply), retry_after=call.named_wait(reply))
    except Exception as error:
        return Outcome.in_doubt("codec_error", f"the codec raised {type(error).__name__}")
    return found


def receiving(start: Callable[[], Conversation[Received]], call: Call, name: str) -> Steps[Received]:
    """Reading an incoming call; raises the codec's WebhookError, else UnavailableError."""
    mend = "Answer 503, so that it is brought again."
    try:
        return (yield from _converse(start, call))
    except UnichannelError:
        raise
    except (_Fault, _OutOfPatience) as fault:
        reason = _named(fault.reply if isinstance(fault, _Fault) else fault)[1]
        raise UnavailableError(f"{name}: reading its call needs an answer: {reason}.", thing=name, mend=mend) from None
    except Exception as error:
        kind = type(error).__name__
        raise UnavailableError(f"{name}: its codec raised {kind}.", thing=name, mend=mend) from error


def answered(answer: T) -> Steps[T]:
    """A conversation that needs no request."""
    yield from ()
    return answer


def _converse(start: Callable[[], Conversation[T]], call: Call) -> Steps[T]:
    """The conversation, with faults taken out: the codec sees answers only."""
    with closing(start()) as conversation:
        try:
            request = next(conversation)
            while True:
                if not call.fits(0):
                    raise _OutOfPatience
                reply = yield request
                if isinstance(reply, Exception) or _faulty(reply) or _unsent(reply):
                    raise _Fault(reply)
                request = conversation.send(reply)
        except StopIteration as stop:
            return cast("T", stop.value)


def _safe(request: httpx.Request) -> bool:
    return bool(request.extensions.get("safe"))


def _unsent(reply: Reply) -> bool:
    if isinstance(reply, httpx.Response):
        return reply.status_code in (429, 503)
    return isinstance(reply, (*_UNSENT, *_OURS, Closed))


def _faulty(reply: Reply) -> bool:
    return reply.status_code >= 500 if isinstance(reply, httpx.Response) else not _unsent(reply)


def _named(reply: Reply) -> tuple[str, str]:
    """Code and reason; an exception's own text may hold a URL with an address in it."""
    if isinstance(reply, httpx.Response):
        return str(reply.status_code), f"the provider answered {reply.status_code}"
    if isinstance(reply, _OutOfPatience):
        return "patience", "the conversation took too long"
    if isinstance(reply, Closed):
        return "closed", "the HTTP client given to the transport was closed"
    code = "unreachable" if _unsent(reply) else "timeout" if isinstance(reply, httpx.TimeoutException) else "broken"
    return code, f"no answer: {type(reply).__name__}"


def _retry_after(text: str, now: int) -> float | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None for what is neither."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    here = to_datetime(now)
    return max((when.replace(tzinfo=when.tzinfo or here.tzinfo) - here).total_seconds(), 0.0)


def _first(named: float | None, otherwise: float) -> float:
    return otherwise if named is None else named


def _reply(state: tenacity.RetryCallState) -> Reply:
    return cast("Reply", state.outcome.result() if state.outcome else None)
