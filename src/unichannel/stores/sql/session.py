"""A session: one transaction over the tables, by whichever runner carries it."""

from __future__ import annotations

from unichannel.stores.sql.proving import Proving

__all__ = ["SqlSession"]


class SqlSession(Proving):
    """Implements ``ports.Session``: each layer below is one topic, from handing in to proving."""
