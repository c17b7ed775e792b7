"""A session: one transaction over the tables, by whichever runner carries it."""

from __future__ import annotations

from unichannel.stores.sql.allowing import Allowing

__all__ = ["SqlSession"]


class SqlSession(Allowing):
    """Implements ``ports.Session``: each layer below is one topic, from handing in to what workers share."""
