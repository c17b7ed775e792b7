"""A session: one transaction over the tables, by whichever runner carries it."""

from __future__ import annotations

from unichannel.stores.sql.purging import Purging

__all__ = ["SqlSession"]


class SqlSession(Purging):
    """Implements ``ports.Session``: each layer below is one topic, from handing in to purging."""
