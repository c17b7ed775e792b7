"""Pages that people see behind our links: plain, without a script, and never kept by a cache.

They are in the browser's language where that is French, else in English.
"""

from __future__ import annotations

from html import escape

from unichannel.ports import Answer, Request

__all__ = ["PRIVATE", "evidence_of", "language_of", "page"]

PRIVATE = {"Cache-Control": "no-store, no-cache, must-revalidate, private, max-age=0", "Pragma": "no-cache"}
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    **PRIVATE,
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
"""
_LONGEST_AGENT = 200


def page(title: str, body: str, language: str = "en", status: int = 200) -> Answer:
    """A page; ``title`` is text, ``body`` is HTML."""
    return Answer(status, _HEADERS, _PAGE.format(language=language, title=escape(title), body=body).encode())


def language_of(request: Request) -> str:
    """The language that a visitor is answered in: "fr" or "en"."""
    return "fr" if request.header("Accept-Language").strip().lower().startswith("fr") else "en"


def evidence_of(request: Request) -> dict[str, str]:
    """Who pressed the button, as far as the host's web server told."""
    told = {"ip": request.client, "user_agent": request.header("User-Agent")[:_LONGEST_AGENT]}
    return {name: value for name, value in told.items() if value}
