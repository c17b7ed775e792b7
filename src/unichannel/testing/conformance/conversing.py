"""How the suite of providers talks with a codec: conversations answered from here, and what is said in them."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx

from unichannel.core.messaging.delivery import RECEIPT_FACTS, merge, status_of
from unichannel.ports import Conversation, Outbound, Receipt, Request

__all__ = [
    "AWKWARD",
    "GARBAGE",
    "answering",
    "answers",
    "by_delivery",
    "changes",
    "converse",
    "copied",
    "may_be_accepted",
    "orders",
    "state_of",
    "texts",
    "with_text",
]

T = TypeVar("T")

_TELLING = (
    *(200, 201, 202, 204, 207, 301, 304),
    *(400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 420, 422, 425, 429),
    *(500, 502, 503, 504),
)

GARBAGE: tuple[bytes, ...] = (
    b"",
    b"\x00\xff\xfe",
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"[]",
    b"{}",
    b'"ok"',
    b"17",
    b'{"sid":',
    b'{"sid": null, "id": [], "code": {}, "status": 7, "messages": 3}',
    b"[" * 5000,
)
"""Bodies that no provider documents and proxies, outages and bugs send all the same."""

AWKWARD = "Café & crème = 3 € + 50 % 👩‍👧 ; «ça va ?» #1\nñ"
"""A text with everything that an encoding can spoil."""


def converse(
    conversation: Conversation[T], answer: Callable[[httpx.Request], httpx.Response], limit: int = 20
) -> tuple[T, list[httpx.Request]]:
    """Drive a conversation to its end; give its result and its requests. Fails after ``limit`` requests."""
    asked: list[httpx.Request] = []
    try:
        request = next(conversation)
        while True:
            assert isinstance(request, httpx.Request), f"a codec yields httpx.Request, not {type(request).__name__}"
            asked.append(request)
            assert len(asked) <= limit, f"the conversation goes on after {limit} requests"
            response = answer(request)
            response.request = request
            request = conversation.send(response)
    except StopIteration as end:
        return end.value, asked


def answers(bodies: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every status with some body, and those that codecs tell apart with every one."""
    yield from itertools.product(_TELLING, bodies)
    yield from ((status, bodies[status % len(bodies)]) for status in range(200, 600))


def copied(response: httpx.Response) -> httpx.Response:
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


def answering(status: int, body: bytes) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, content=body)


def may_be_accepted(asked: list[httpx.Request]) -> bool:
    return bool(asked) and not asked[-1].extensions.get("safe")


def with_text(outbound: Outbound, text: str) -> Outbound:
    names = {one.name for one in fields(outbound.content)}  # type: ignore[arg-type]
    return replace(outbound, content=replace(outbound.content, text=text)) if "text" in names else outbound  # type: ignore[type-var]


def texts(request: httpx.Request) -> list[str]:
    """Every text in the request's body; fails where the body is not what its Content-Type says."""
    kind, body = request.headers.get("Content-Type", "").partition(";")[0], request.read()
    if kind == "application/x-www-form-urlencoded":
        return [value for _, value in parse_qsl(body.decode("ascii"), strict_parsing=True, errors="strict")]
    if "json" in kind:
        return list(_strings(json.loads(body)))
    return [body.decode("utf-8")]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def changes(request: Request, headers: Iterable[str], signs_body: bool) -> Iterator[Request]:
    """The request with one bit changed, in each byte of what is signed."""
    for place in range(len(request.body)) if signs_body else ():
        yield replace(request, body=_flipped(request.body, place))
    for name in headers:
        value = request.header(name)
        others = {key: kept for key, kept in request.headers.items() if key.lower() != name.lower()}
        for place in range(len(value)):
            changed = _flipped(value.encode("latin-1"), place).decode("latin-1")
            yield replace(request, headers={**others, name: changed})


def _flipped(value: bytes, place: int) -> bytes:
    return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]


def by_delivery(receipts: list[Receipt]) -> list[list[Receipt]]:
    """Receipts that add a fact, by the delivery that they tell of."""
    found: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        if receipt.kind in RECEIPT_FACTS and (receipt.key or receipt.provider_id):
            found.setdefault(receipt.key or receipt.provider_id, []).append(receipt)
    return list(found.values())


def orders(receipts: list[Receipt]) -> Iterator[Sequence[Receipt]]:
    """All orders of a few receipts; of many, 500 that are the same in each run."""
    if len(receipts) <= 5:
        yield from itertools.permutations(receipts)
        return
    shuffler = random.Random(0)  # noqa: S311
    for _ in range(500):
        yield shuffler.sample(receipts, len(receipts))


def state_of(receipts: Sequence[Receipt]) -> tuple[str, tuple[tuple[str, int], ...]]:
    facts: dict[str, int] = {}
    for receipt in receipts:
        facts = merge(facts, RECEIPT_FACTS[receipt.kind], receipt.occurred)
    return status_of("accepted", facts), tuple(sorted(facts.items()))
