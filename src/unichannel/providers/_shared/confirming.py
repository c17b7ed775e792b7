"""The page behind a link to confirm: a GET asks (scanners fetch links: P37, law:E4), only a POST confirms or denies.

It is in the browser's language where that is French, else in English.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from unichannel.ports import Answer, Confirmation, Received, Request
from unichannel.providers._shared.pages import page

__all__ = ["confirmation"]

_TEXTS = {
    "en": {
        "title": "Confirm",
        "ask": "Did you ask for our messages?",
        "yes": "Yes, I confirm",
        "no": "No, it was not me",
        "confirmed": "Thank you, it is confirmed.",
        "denied": "Thank you, you will not hear from us.",
        "over": "There is nothing to confirm any more.",
    },
    "fr": {
        "title": "Confirmation",
        "ask": "Avez-vous demandé à recevoir nos messages ?",
        "yes": "Oui, je confirme",
        "no": "Non, ce n'était pas moi",
        "confirmed": "Merci, c'est confirmé.",
        "denied": "Merci, vous n'entendrez plus parler de nous.",
        "over": "Il n'y a plus rien à confirmer.",
    },
}
_FORM = """{ask}</p>
<form method="post"><button name="answer" value="yes">{yes}</button>
<button name="answer" value="no">{no}</button></form><p>"""
_LONGEST_AGENT = 200


def confirmation(request: Request, key: str) -> Received:
    """What a hit on the link of the delivery of that key amounts to."""
    language = "fr" if request.header("Accept-Language").strip().lower().startswith("fr") else "en"
    texts, method = _TEXTS[language], request.method.upper()
    if method in ("GET", "HEAD"):
        return Received(answer=page(texts["title"], _FORM.format_map(texts), language))
    answers = parse_qs(request.body.decode("ascii", "replace")).get("answer", [])
    if method != "POST" or answers not in (["yes"], ["no"]):
        return Received(answer=Answer(405 if method != "POST" else 400, {"Allow": "GET, HEAD, POST"}))
    agreed = answers == ["yes"]
    done = page(texts["title"], texts["confirmed" if agreed else "denied"], language)
    over = page(texts["title"], texts["over"], language)
    return Received(answer=Confirmation(key, agreed, done, over, _evidence(request)))


def _evidence(request: Request) -> dict[str, str]:
    """Who pressed the button, as far as the host's web server told."""
    told = {"ip": request.client, "user_agent": request.header("User-Agent")[:_LONGEST_AGENT]}
    return {name: value for name, value in told.items() if value}
