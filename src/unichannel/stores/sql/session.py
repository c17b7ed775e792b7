"""A session: one transaction over the tables, by whichever runner carries it."""

from __future__ import annotations

from unichannel.stores.sql.merging import Merging

__all__ = ["SqlSession"]


class SqlSession(Merging):
    """Implements ``ports.Session``: each layer below is one topic, from handing in to merging."""
