"""The page behind an unsubscribe link: a GET asks (scanners fetch links: P37, law:E4), only a POST takes anything back.

A POST without a choice is one click (RFC 8058): it opts out at once of what the link is for. The page's own forms
say how far: this topic, this channel, everything; or which topics by which channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs

from unichannel.core.telling.wording import LANGUAGES
from unichannel.errors import ConfigurationError
from unichannel.ports import Answer, Choices, Received, Request, Unsubscribing, Wish
from unichannel.providers._shared.pages import evidence_of, language_of, page

__all__ = ["Titles", "check_titles", "invalid", "unsubscription"]

Titles = Mapping[str, str | Mapping[str, str]]
"""What topics are called on the page: a text, or one for each language ("en", "fr")."""

_TEXTS = {
    "en": {
        "title": "Unsubscribe",
        "from": "Messages from {sender}",
        "ask": "Which messages do you want no more?",
        "topic": "These only: {topic} ({channel})",
        "channel": "All marketing by this way: {channel}",
        "everything": "All marketing, by every way",
        "do": "Unsubscribe",
        "kept": "What you have to know of an order or of your account is no marketing, and still comes.",
        "choose": "I want to receive what is ticked here",
        "save": "Save my choices",
        "pending": "not confirmed yet",
        "stopped": "Stopped altogether: {channels}.",
        "unsubscribed": "You are unsubscribed.",
        "saved": "Your choices are saved.",
        "unclear": "That choice is not known here. Nothing was changed: please choose again.",
        "over": "This link is too old to be used. Nothing was changed: please answer the message, or tell its sender.",
        "invalid": "This link is not valid: it may be cut off. Nothing was changed.",
    },
    "fr": {
        "title": "Désabonnement",
        "from": "Messages de {sender}",
        "ask": "Quels messages ne voulez-vous plus recevoir ?",
        "topic": "Ceux-ci seulement : {topic} ({channel})",
        "channel": "Toute publicité par ce canal : {channel}",
        "everything": "Toute publicité, par tous les canaux",
        "do": "Se désabonner",
        "kept": "Ce que vous devez savoir d'une commande ou de votre compte n'est pas de la publicité et continue.",
        "choose": "Je veux recevoir ce qui est coché ici",
        "save": "Enregistrer mes choix",
        "pending": "pas encore confirmé",
        "stopped": "Entièrement arrêté : {channels}.",
        "unsubscribed": "Vous êtes désabonné.",
        "saved": "Vos choix sont enregistrés.",
        "unclear": "Ce choix n'est pas connu ici. Rien n'a été changé : veuillez choisir à nouveau.",
        "over": "Ce lien est trop ancien. Rien n'a été changé : répondez au message, ou écrivez à son expéditeur.",
        "invalid": "Ce lien n'est pas valable : il est peut-être coupé. Rien n'a été changé.",
    },
}
_SCOPES = ("topic", "channel", "everything", "preferences")
_MOST_FIELDS = 3_000


def check_titles(titles: Titles) -> None:
    """Raise ConfigurationError for a topic whose name is no text, nor texts by language."""
    for topic, named in titles.items():
        told = named if isinstance(named, Mapping) else {"en": named}
        if not told or set(told) - set(_TEXTS) or not all(isinstance(text, str) and text for text in told.values()):
            raise ConfigurationError(
                f"the topic {topic!r} has no name that could be shown.",
                thing=topic,
                mend=f"Give a text, or one for each of these languages: {', '.join(_TEXTS)}.",
            )


def unsubscription(request: Request, key: str, titles: Titles) -> Received:
    """What a hit on the unsubscribe link of that delivery amounts to; without the receipt of one click."""
    shown, method = _Page(language_of(request), titles), request.method.upper()
    if method in ("GET", "HEAD"):
        return Received(answer=Unsubscribing(key, shown))
    if method != "POST":
        return Received(answer=Answer(405, {"Allow": "GET, HEAD, POST"}))
    wish = _wish(request, shown)
    return Received(answer=Unsubscribing(key, shown, wish, evidence_of(request)))


def invalid(request: Request) -> Answer:
    """The page for a link that we did not make, or that was cut off."""
    language = language_of(request)
    texts = _TEXTS[language]
    return page(texts["title"], f"<p>{texts['invalid']}</p>", language, 404)


# what was answered


def _wish(request: Request, shown: _Page) -> Wish:
    """One click, unless one of the page's forms was sent."""
    given = _fields(request)
    if given is not None and "scope" not in given:
        return Wish("link")
    scopes = given["scope"] if given is not None else []
    if given is None or len(scopes) != 1 or scopes[0] not in _SCOPES:
        return Wish("unclear")
    cells = {name: frozenset(_cells(given.get(name, ()))) for name in ("shown", "was", "on")}
    return Wish(scopes[0], **cells, wording=shown.texts["choose"], language=shown.language)  # type: ignore[arg-type]


def _fields(request: Request) -> Mapping[str, list[str]] | None:
    """The fields of a form as browsers send ours; none of another kind of body, None of too many."""
    kind = request.header("Content-Type").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return {}
    try:
        return parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def _cells(values: list[str] | tuple[()]) -> Iterator[tuple[str, str]]:
    for value in values:
        channel, _, topic = value.partition("/")
        yield channel, topic


# the page


@dataclass(frozen=True)
class _Page:
    """Makes the page in one language, of what the engine found."""

    language: str
    titles: Titles = field(default_factory=dict)

    @property
    def texts(self) -> Mapping[str, str]:
        return _TEXTS[self.language]

    def __call__(self, choices: Choices | None) -> Answer:
        if choices is None:
            return self._made([f"<p>{self.texts['over']}</p>"], 410)
        blocks = [*self._heads(choices), *self._scopes(choices), *self._preferences(choices)]
        return self._made(blocks, 400 if choices.said == "unclear" else 200)

    def _made(self, blocks: list[str], status: int) -> Answer:
        return page(self.texts["title"], "\n".join(blocks), self.language, status)

    def _heads(self, choices: Choices) -> Iterator[str]:
        if choices.said:
            yield f'<p role="status">{self.texts[choices.said]}</p>'
        if choices.sender:
            yield f"<p>{escape(self.texts['from'].format(sender=choices.sender))}</p>"

    def _scopes(self, choices: Choices) -> Iterator[str]:
        if not choices.scopes:
            return
        told = {"topic": self._topic(choices.topic), "channel": self._channel(choices.channel)}
        yield f'<form method="post"><fieldset><legend>{self.texts["ask"]}</legend>'
        for scope in choices.scopes:
            ticked = " checked" if scope == choices.preset else ""
            said = escape(self.texts[scope].format(**told))
            yield f'<p><label><input type="radio" name="scope" value="{scope}" required{ticked}> {said}</label></p>'
        yield f"</fieldset><p><button>{self.texts['do']}</button></p></form>\n<p>{self.texts['kept']}</p>"

    def _preferences(self, choices: Choices) -> Iterator[str]:
        if choices.preferences:
            yield f'<h2>{self.texts["choose"]}</h2>\n<form method="post">'
            yield '<input type="hidden" name="scope" value="preferences">'
            for topic, channels in choices.preferences.items():
                yield f"<fieldset><legend>{escape(self._topic(topic))}</legend>"
                yield from (self._box(channel, topic, state) for channel, state in channels.items())
                yield "</fieldset>"
            yield f"<p><button>{self.texts['save']}</button></p></form>"
        if choices.stopped:
            named = ", ".join(self._channel(one) for one in choices.stopped)
            yield f"<p>{escape(self.texts['stopped'].format(channels=named))}</p>"

    def _box(self, channel: str, topic: str, state: str) -> str:
        value, is_on = escape(f"{channel}/{topic}"), state == "on"
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{value}">' for name in ("shown", *(["was"] if is_on else []))
        )
        said = escape(self._channel(channel) + (f" ({self.texts['pending']})" if state == "pending" else ""))
        ticked = " checked" if is_on else ""
        return f'<p>{hidden}<label><input type="checkbox" name="on" value="{value}"{ticked}> {said}</label></p>'

    def _channel(self, channel: str) -> str:
        return LANGUAGES[self.language].channels.get(channel, channel)

    def _topic(self, topic: str) -> str:
        given = self.titles.get(topic, topic)
        return given if isinstance(given, str) else given.get(self.language, topic)
