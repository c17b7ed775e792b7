"""Files and pictures of an e-mail, as each service takes them: none is dropped without a word (D1)."""

from __future__ import annotations

import json
from email.message import Message as Mail
from email.parser import BytesParser
from typing import Any

import pytest

from tests.providers.mail import CONTENT, requested
from unichannel import Category, Email, Engine, Journey, MemoryStore, Message, Send, on
from unichannel.channels import Attachment, Content
from unichannel.errors import UnichannelError
from unichannel.ports import Provider
from unichannel.providers import (
    Brevo,
    InfobipEmail,
    MailerSend,
    Mailgun,
    Mailjet,
    Mandrill,
    Postmark,
    Resend,
    SendGrid,
    Ses,
    SparkPost,
)

SENDER = "news@example.org"
INVOICE, LOGO = Attachment("Rechnung für März.pdf", b"%PDF-1"), Attachment("logo.png", b"\x89PNG", cid="logo")
HTML = '<p>Good day <img src="cid:logo"></p>'
BOTH = Email("Hello", text="Good day", html=HTML, attachments=[INVOICE, LOGO])
PDF, PNG = INVOICE.base64, LOGO.base64

SERVICES: dict[str, tuple[Provider, dict[str, Any]]] = {
    "infobip_email": (
        InfobipEmail("https://xxxxx.api.infobip.com", "key", sender=SENDER),
        {
            "attachments": [
                {"type": "binary", "content": PDF, "contentType": "application/pdf", "fileName": INVOICE.name}
            ],
            "inlineImages": [{"type": "binary", "content": PNG, "contentType": "image/png", "fileName": "logo"}],
        },
    ),
    "mailersend": (
        MailerSend("token", sender=SENDER),
        {
            "attachments": [
                {"filename": INVOICE.name, "content": PDF, "disposition": "attachment"},
                {"filename": "logo.png", "content": PNG, "disposition": "inline", "id": "logo"},
            ]
        },
    ),
    "mailjet": (
        Mailjet("key", "secret", sender=SENDER),
        {
            "Attachments": [{"ContentType": "application/pdf", "Filename": INVOICE.name, "Base64Content": PDF}],
            "InlinedAttachments": [
                {"ContentType": "image/png", "Filename": "logo.png", "Base64Content": PNG, "ContentID": "logo"}
            ],
        },
    ),
    "mandrill": (
        Mandrill("key", sender=SENDER),
        {
            "attachments": [{"type": "application/pdf", "name": INVOICE.name, "content": PDF}],
            "images": [{"type": "image/png", "name": "logo", "content": PNG}],
        },
    ),
    "postmark": (
        Postmark("token", sender=SENDER),
        {
            "Attachments": [
                {"Name": INVOICE.name, "Content": PDF, "ContentType": "application/pdf"},
                {"Name": "logo.png", "Content": PNG, "ContentType": "image/png", "ContentID": "cid:logo"},
            ]
        },
    ),
    "resend": (
        Resend("key", sender=SENDER),
        {
            "attachments": [
                {"filename": INVOICE.name, "content": PDF, "content_type": "application/pdf"},
                {"filename": "logo.png", "content": PNG, "content_type": "image/png", "content_id": "logo"},
            ]
        },
    ),
    "sendgrid": (
        SendGrid("key", sender=SENDER),
        {
            "attachments": [
                {"content": PDF, "type": "application/pdf", "filename": INVOICE.name, "disposition": "attachment"},
                {
                    "content": PNG,
                    "type": "image/png",
                    "filename": "logo.png",
                    "disposition": "inline",
                    "content_id": "logo",
                },
            ]
        },
    ),
    "sparkpost": (
        SparkPost("key", sender=SENDER),
        {
            "attachments": [{"name": INVOICE.name, "type": "application/pdf", "data": PDF}],
            "inline_images": [{"name": "logo", "type": "image/png", "data": PNG}],
        },
    ),
    "ses": (
        Ses("eu-west-1", ("id", "secret"), sender=SENDER),
        {
            "Attachments": [
                {
                    "FileName": INVOICE.name,
                    "RawContent": PDF,
                    "ContentType": "application/pdf",
                    "ContentTransferEncoding": "BASE64",
                    "ContentDisposition": "ATTACHMENT",
                },
                {
                    "FileName": "logo.png",
                    "RawContent": PNG,
                    "ContentType": "image/png",
                    "ContentTransferEncoding": "BASE64",
                    "ContentDisposition": "INLINE",
                    "ContentId": "logo",
                },
            ]
        },
    ),
}
"""A codec, and what its request says of the two files, wherever it says so."""

INSIDE: dict[str, tuple[str | int, ...]] = {
    "infobip_email": ("messages", 0, "content"),
    "mailjet": ("Messages", 0),
    "mandrill": ("message",),
    "sparkpost": ("content",),
    "ses": ("Content", "Simple"),
}


def asked(name: str, content: Content) -> Any:
    """The object of the request that has the files."""
    found = json.loads(requested(SERVICES[name][0], content=content).content)
    for step in INSIDE.get(name, ()):
        found = found[step]
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_files_and_pictures_go_along(name: str) -> None:
    wanted = SERVICES[name][1]
    found = asked(name, BOTH)
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", SERVICES)
def test_without_files_nothing_is_said_of_them(name: str) -> None:
    assert not asked(name, CONTENT).keys() & SERVICES[name][1].keys()


def test_mailgun_takes_them_as_parts_of_a_form() -> None:
    """Text and files arrive as they are; a second attempt has the same bytes."""
    codec = Mailgun("example.org", "key", sender=SENDER)
    request = requested(codec, content=BOTH)
    body = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n" + request.read()
    mail: Mail = BytesParser().parsebytes(body)
    parts = [(part.get_param("name", header="Content-Disposition"), part) for part in mail.get_payload()]  # type: ignore[union-attr,misc]
    files = {name: part for name, part in parts if part.get_filename()}  # type: ignore[union-attr]
    assert files["attachment"].get_payload(decode=True) == b"%PDF-1"  # type: ignore[union-attr]
    assert files["inline"].get_filename() == "logo"  # type: ignore[union-attr]
    assert dict(parts)["text"].get_payload(decode=True) == b"Good day"  # type: ignore[union-attr]
    assert requested(codec, content=BOTH, attempt=2).read() == request.read()


def test_brevo_takes_files_and_no_pictures() -> None:
    """A picture that it would drop is refused when the engine is made."""
    brevo = Brevo("key", sender=SENDER)
    content = Email("Hello", text="Good day", attachments=[INVOICE])
    assert json.loads(requested(brevo, content=content).content)["attachment"] == [
        {"name": INVOICE.name, "content": PDF}
    ]
    journey = Journey("j", start=on("hi"), steps=[Send(Message("m", BOTH, category="account"), via="email")])
    with pytest.raises(UnichannelError, match="pictures inside"):
        Engine(
            MemoryStore(),
            routes={"email": brevo},
            journeys=[journey],
            categories=[Category("account", purpose="transactional")],
        )
