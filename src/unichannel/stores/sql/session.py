"""A session: one transaction over the tables, by whichever runner carries it."""

from __future__ import annotations

from unichannel.stores.sql.guarding import Guarding

__all__ = ["SqlSession"]


class SqlSession(Guarding):
    """Implements ``ports.Session``: each layer below is one topic, from handing in to guarding privacy."""
