"""From a content with templates to one with final texts, by frozen values and a linker alone."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from unichannel.core.messaging.content.base import BREAK, Content, Part
from unichannel.core.messaging.link import Links
from unichannel.core.messaging.mention import before_end, with_mention
from unichannel.core.messaging.template import Template, compile_template
from unichannel.errors import InvalidInput

__all__ = ["check", "content_reads", "freeze", "render"]

C = TypeVar("C", bound=Content)

Spot = tuple[str | int, ...]
"""Where in a content a text stands: the names of fields, numbers of a list, names of plain values."""

_ATTRIBUTES = r"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_MARKUP = re.compile(
    # Comments, scripts and styles are passed over whole; Outlook's conditional comments are not, for
    # what they hold is shown, and `<!-->` is a comment that ends at once.
    r"<!--(?!\[if\b)(?:-?>|.*?-->)"
    r"|<(?P<raw>script|style|textarea|title)\b.*?</(?P=raw)\s*>"
    rf"|<(?:a|area|v:\w+)(?=[\s/]){_ATTRIBUTES}>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s"'<>/=]+)(?:(?P<is>\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'=<>`]+)))?"""
)
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a content that has to be rendered."""

    spot: Spot
    template: Template
    one_line: bool


@lru_cache(maxsize=4096)
def _texts(content: Content) -> tuple[_Text, ...]:
    return tuple(_of_part(content, ()))


def _of_part(part: Part, spot: Spot) -> Iterator[_Text]:
    for name in part.texts:
        is_html, one_line = name in part.html_texts, name in part.one_line
        yield from _inside(getattr(part, name), (*spot, name), is_html, one_line)


def _inside(value: Any, spot: Spot, is_html: bool, one_line: bool) -> Iterator[_Text]:
    """The texts in a value that are templates, and HTML without one: it has links to track."""
    if isinstance(value, str):
        if "{" in value or (is_html and value):
            yield _Text(spot, compile_template(value, html=is_html), one_line)
    elif isinstance(value, Part):
        yield from _of_part(value, spot)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _inside(one, (*spot, name), is_html, one_line)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _inside(one, (*spot, number), is_html, one_line)


def check(content: Content) -> None:
    """Compile every text, so that what is wrong is found when the message is built.

    Raises DefinitionError.
    """
    content_reads(content)


def content_reads(content: Content) -> frozenset[str]:
    """The dotted paths of the variables that the content's texts read."""
    return frozenset(path for one in _texts(content) for path in one.template.reads)


def freeze(content: Content, context: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the content's texts read, as JSON, to be kept with the delivery.

    Raises MissingVariable and InvalidInput, as ``Template.freeze`` does.
    """
    return {path: value for one in _texts(content) for path, value in one.template.freeze(context).items()}


def render(content: C, values: Mapping[str, Any], linker: Links) -> C:
    """A content of the same class whose texts are final, with the mentions that the values hold.

    The links of an e-mail's HTML go through the linker in the order of the document, after those
    that a template gave to the ``link`` filter. Raises InvalidInput for a line break in a header,
    MissingVariable where frozen values do not suffice.
    """
    texts = {one.spot: _text(content, one, values, linker) for one in _texts(content)}
    final: C = _put(content, (), texts, _ways(texts))
    return with_mention(final, values, linker)


def _ways(texts: Iterable[Spot]) -> frozenset[Spot]:
    """Every spot on the way to a text: what lies beside them stays as it is."""
    return frozenset(spot[:deep] for spot in texts for deep in range(len(spot) + 1))


def _put(value: Any, spot: Spot, texts: Mapping[Spot, str], ways: frozenset[Spot]) -> Any:
    """The value with final texts in their places."""
    if spot not in ways:
        return value
    if isinstance(value, str):
        return texts[spot]
    if isinstance(value, Part):
        names = [name for name in value.texts if (*spot, name) in ways]
        inner = {name: _put(getattr(value, name), (*spot, name), texts, ways) for name in names}
        return dataclasses.replace(value, **inner)  # type: ignore[type-var]
    if isinstance(value, Mapping):
        return {name: _put(one, (*spot, name), texts, ways) for name, one in value.items()}
    return [_put(one, (*spot, number), texts, ways) for number, one in enumerate(value)]


def _text(content: Content, one: _Text, values: Mapping[str, Any], linker: Links) -> str:
    text = one.template.render(values, linker.link)
    if one.one_line and BREAK.search(text):
        name = str(one.spot[-1])
        raise InvalidInput(
            f"the {name} has a line break, which would begin another header.", thing=name, mend="Give it as one line."
        )
    if content.channel == "email" and one.template.html:
        return _with_pixel(_with_links(text, linker), linker.pixel())
    return text


def _with_links(markup: str, linker: Links) -> str:
    return _MARKUP.sub(lambda found: _with_link(found.group(), linker), markup)


def _with_link(element: str, linker: Links) -> str:
    if element[1] == "!" or element[1:3].lower() in ("sc", "st", "te", "ti"):
        return element
    head = re.match(r"<[^\s/]+", element)
    start = head.end() if head else 0
    attributes = list(_ATTRIBUTE.finditer(element, start))
    names = [found["name"].lower() for found in attributes]
    if "data-untracked" in names or "href" not in names:
        return element
    href = attributes[names.index("href")]
    return element[: href.start()] + _tracked(href, linker.link) + element[href.end() :]


def _tracked(href: re.Match[str], link: Callable[[str], str]) -> str:
    value = href["double"] or href["single"] or href["bare"] or ""
    url = _ENTITY.sub(lambda entity: html.unescape(entity.group()), value).strip()
    tracked = link(url)
    return href.group() if tracked == url else f'{href["name"]}="{html.escape(tracked)}"'


def _with_pixel(markup: str, pixel: str) -> str:
    if not pixel:
        return markup
    image = f'<img src="{html.escape(pixel)}" width="1" height="1" alt="" border="0">'
    return before_end(markup, image)
