"""From a content with templates to one with final texts, by frozen values and a linker alone."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from unichannel.core.messaging.content import Content
from unichannel.core.messaging.link import Links
from unichannel.core.messaging.template import Template, compile_template
from unichannel.errors import InvalidInput

__all__ = ["check", "content_reads", "freeze", "render"]

C = TypeVar("C", bound=Content)

_HEADERS = ("subject", "sender", "reply_to")
_BREAK = re.compile(r"[\x00\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")

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
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _templates(content: Content) -> tuple[tuple[str, Template], ...]:
    sources = [(name, getattr(content, name)) for name in content.texts]
    return tuple(
        (name, compile_template(source, html=name in content.html_texts))
        for name, source in sources
        if isinstance(source, str) and source
    )


def check(content: Content) -> None:
    """Compile every text, so that what is wrong is found when the message is built.

    Raises DefinitionError.
    """
    content_reads(content)


def content_reads(content: Content) -> frozenset[str]:
    """The dotted paths of the variables that the content's texts read."""
    return frozenset(path for _, template in _templates(content) for path in template.reads)


def freeze(content: Content, context: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the content's texts read, as JSON, to be kept with the delivery.

    Raises MissingVariable and InvalidInput, as ``Template.freeze`` does.
    """
    return {path: value for _, template in _templates(content) for path, value in template.freeze(context).items()}


def render(content: C, values: Mapping[str, Any], linker: Links) -> C:
    """A content of the same class whose texts are final.

    The links of an e-mail's HTML go through the linker in the order of the document, after those
    that a template gave to the ``link`` filter. Raises InvalidInput for a line break in a header,
    MissingVariable where frozen values do not suffice.
    """
    texts = {name: _text(content, name, template, values, linker) for name, template in _templates(content)}
    return dataclasses.replace(content, **texts)  # type: ignore[type-var]


def _text(content: Content, name: str, template: Template, values: Mapping[str, Any], linker: Links) -> str:
    text = template.render(values, linker.link)
    if name in _HEADERS and _BREAK.search(text):
        raise InvalidInput(
            f"the {name} has a line break, which would begin another header.", thing=name, mend="Give it as one line."
        )
    if content.channel == "email" and name in content.html_texts:
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
    ends = list(_BODY_END.finditer(markup))
    place = ends[-1].start() if ends else len(markup)
    return markup[:place] + image + markup[place:]
