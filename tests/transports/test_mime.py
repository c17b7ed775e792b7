"""E-mails with files and pictures, as bytes."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from unichannel.channels import Attachment, Email
from unichannel.ports import Outbound
from unichannel.transports.mime import compose

KEY = "AAAA-AAAAAAA_AAAAAAAAAAA"


def test_files_and_pictures_go_along_and_twice_the_same() -> None:
    """Boundaries are no chance: a second attempt is the same bytes."""
    content = Email(
        "Hi",
        text="t",
        html='<img src="cid:logo">',
        attachments=[Attachment("facture é.pdf", b"%PDF-1.7"), Attachment("logo.png", b"\x89PNG", cid="logo")],
    )
    outbound = Outbound(KEY, "email", "ada@example.com", content, "m", "c", headers=(("X-Order", "7"),))
    parcels = [compose(outbound, content, "shop@example.com", "", 0) for _ in range(2)]
    assert parcels[0].body == parcels[1].body
    mail = message_from_bytes(parcels[0].body, policy=default)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    picture, file = list(mail.walk())[5:]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo>", "inline")
    assert (file.get_filename(), file.get_content()) == ("facture é.pdf", b"%PDF-1.7")
    assert mail["X-Order"] == "7"


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        ({"html": "<p>x"}, ["multipart/mixed", "text/html", "application/pdf"]),
        ({"text": "x"}, ["multipart/mixed", "text/plain", "application/pdf"]),
    ],
)
def test_files_go_along_with_one_body(more: dict[str, str], kinds: list[str]) -> None:
    content = Email("Hi", attachments=[Attachment("a.pdf", b"x")], **more)  # type: ignore[arg-type]
    outbound = Outbound(KEY, "email", "ada@example.com", content, "m", "c")
    mail = message_from_bytes(compose(outbound, content, "shop@example.com", "", 0).body, policy=default)
    assert [part.get_content_type() for part in mail.walk()] == kinds
