"""Requests whose URL holds a secret or an address: what they show of themselves leaves it out."""

from __future__ import annotations

import httpx

__all__ = ["QuietRequest"]


class QuietRequest(httpx.Request):
    """A request whose repr shows no more of its URL than the host."""

    def __repr__(self) -> str:
        return f"<Request('{self.method}', '{self.url.scheme}://{self.url.host}/…')>"
