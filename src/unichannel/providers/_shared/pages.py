"""Pages that people see behind our links: plain, without a script, and never kept by a cache."""

from __future__ import annotations

from unichannel.ports import Answer

__all__ = ["PRIVATE", "page"]

PRIVATE = {"Cache-Control": "no-store, no-cache, must-revalidate, private, max-age=0", "Pragma": "no-cache"}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><p>{text}</p></body></html>
"""


def page(title: str, text: str, language: str = "en") -> Answer:
    """A page of one paragraph; ``text`` is HTML."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        **PRIVATE,
    }
    return Answer(200, headers, _PAGE.format(language=language, title=title, text=text).encode())
