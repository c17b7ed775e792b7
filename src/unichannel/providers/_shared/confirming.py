"""The page behind a link to confirm: a GET asks (scanners fetch links: P37, law:E4), only a POST confirms or denies."""

from __future__ import annotations

from urllib.parse import parse_qs

from unichannel.ports import Answer, Confirmation, Received, Request
from unichannel.providers._shared.pages import evidence_of, language_of, page

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
_FORM = """<p>{ask}</p>
<form method="post"><button name="answer" value="yes">{yes}</button>
<button name="answer" value="no">{no}</button></form>"""


def confirmation(request: Request, key: str) -> Received:
    """What a hit on the link of the delivery of that key amounts to."""
    language, method = language_of(request), request.method.upper()
    texts = _TEXTS[language]
    if method in ("GET", "HEAD"):
        return Received(answer=page(texts["title"], _FORM.format_map(texts), language))
    answers = parse_qs(request.body.decode("ascii", "replace")).get("answer", [])
    if method != "POST" or answers not in (["yes"], ["no"]):
        return Received(answer=Answer(405 if method != "POST" else 400, {"Allow": "GET, HEAD, POST"}))
    agreed = answers == ["yes"]
    done = page(texts["title"], f"<p>{texts['confirmed' if agreed else 'denied']}</p>", language)
    over = page(texts["title"], f"<p>{texts['over']}</p>", language)
    return Received(answer=Confirmation(key, agreed, done, over, evidence_of(request)))
