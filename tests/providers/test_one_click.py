"""One-click unsubscribe on every marketing e-mail, whatever carries it (G2, RFC 8058, law:E1 to law:E7)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from unichannel import Category, Email, Journey, Message, Send, Tracking, on, providers
from unichannel.ports import Outbound
from unichannel.testing import Lab, RecordingTransport

HERE = Path(__file__).parent


def outbounds(*categories: Category) -> list[Outbound]:
    """One e-mail of each category, as it is handed to whatever carries it."""
    seen: list[Outbound] = []
    carrier = RecordingTransport(channels=["email"], fail=seen.append)  # type: ignore[arg-type]
    tracking = Tracking("https://app.example.com/u", keys=["a key of sixteen bytes or more"])
    lab = Lab(routes={"email": carrier}, tracking=tracking, categories=categories)
    for one in categories:
        said = Message(one.name, Email("Hello", text="Hello"), category=one.name)
        lab.add(Journey(one.name, start=on(one.name), steps=[Send(said)]))
    ada = lab.profile(email="ada@example.com")
    for one in categories:
        lab.track(ada, one.name)
    return seen


def test_marketing_has_both_headers_once_and_the_rest_none() -> None:
    news, order = outbounds(Category("news"), Category("order", purpose="transactional"))
    headers = dict(news.headers)
    assert [name for name, _ in news.headers] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = urlsplit(headers["List-Unsubscribe"].strip("<>"))
    assert (url.scheme, url.netloc) == ("https", "app.example.com")
    assert news.key in url.path  # the delivery, and so recipient and list, without a cookie (law:E2, law:E3)
    assert order.headers == ()


def test_a_text_cannot_bring_its_own() -> None:
    """Exactly one of each (RFC 8058, 3.1)."""
    with pytest.raises(Exception, match="no header that an e-mail may add"):
        Email("Hello", text="Hello", headers={"List-Unsubscribe": "<https://example.com>"})


SERVICES = [one.stem for one in Path(providers.__file__).parent.glob("*.py") if "letter.headers" in one.read_text()]


@pytest.mark.parametrize("name", SERVICES)
def test_every_email_service_is_held_to_carry_them(name: str) -> None:
    """The suite of the services looks for both in what each asks for; a new service cannot be left out."""
    assert "(MailConformance)" in (HERE / f"test_{name}.py").read_text(encoding="utf-8")
    assert len(SERVICES) >= 10
