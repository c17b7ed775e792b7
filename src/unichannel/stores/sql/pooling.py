"""What the base shows: a sample of people, and the snapshots that were made of it."""

from __future__ import annotations

from sqlalchemy import func, literal_column, select

from unichannel.core.audience.profile import Person
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.asking import Asking
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.statement import Statement, among

__all__ = ["Pooling"]

_LAST = Statement(select(func.max(t.profiles.c.id)))
_SOME = Statement(
    select(t.profiles.c.id, t.profiles.c.key, t.profiles.c.body)
    .where(among(t.profiles.c.id, "ids"), t.profiles.c.merged_into.is_(None))
    .order_by(t.profiles.c.id),
    "p_ids",
)
_PRIOR = Statement(
    select(t.priors.c.id, t.priors.c.at, t.priors.c.body).order_by(t.priors.c.id.desc()).limit(literal_column("1"))
)
_INSERT_PRIOR = inserting(t.priors, "id", "at", "body", if_new=True)


class Pooling(Asking):
    """The part of a session that looks at the base as a whole."""

    def sample(self, limit: int) -> list[Person]:
        """Up to so many people, spread over all by their numbers: it reads no more rows than it gives."""
        ((last,),) = self._runner.rows(_LAST)
        step = -(-(last or 0) // limit) or 1
        return [r.to_person(*row) for row in self._runner.rows(_SOME, r.listed(range(1, (last or 0) + 1, step)))]

    def prior(self) -> tuple[int, int, str] | None:
        """The latest snapshot of the base, None where there is none."""
        return next(((id, at, body) for id, at, body in self._runner.rows(_PRIOR)), None)

    def put_prior(self, id: int, at: int, body: str) -> None:
        """Keep a snapshot; of a number that is there already nothing happens."""
        self._runner.many(_INSERT_PRIOR, [(id, at, body)])
