"""Which figures of two runs somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from relprod.account.bridge import COMPONENT
from relprod.account.services import ALL_SERVICES, parts
from relprod.run.names import at_or_below, one_of, spelt
from relprod.run.tables import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relprod.audit.recorded import Recorded
    from relprod.audit.steps import Place

ACCOUNTS = (*COMPONENT, EXTENDED)
"""The accounts in the order of the ladder."""


@dataclass(frozen=True)
class Asked:
    """The services (sorted, the total last), periods and accounts asked for, as the runs call them."""

    services: tuple[str, ...]
    periods: tuple[str, ...]
    accounts: tuple[str, ...]

    @classmethod
    def of(cls, runs: Sequence[Recorded], service: str | None = None, period: str | None = None, account: str | None = None) -> Asked:
        """Return what is asked for of some runs; by default everything, and of a service also those below it.

        A period may be written in any way that the last of the runs allows.

        Raises:
            UsageError: no run has such a service, period or account; the message says which there are.

        """
        tables = [run.run.tables["productivity"] for run in runs]
        found = {
            name: {value for table in tables for value in pc.unique(table[name]).to_pylist()} for name in ("service", "period", "account")
        }
        services = tuple(sorted(found["service"], key=lambda name: (name == ALL_SERVICES, parts(name))))
        periods = tuple(sorted(found["period"]))
        accounts = tuple(sorted(found["account"], key=lambda name: (name not in ACCOUNTS, [*ACCOUNTS, name].index(name))))
        return cls(
            services if service is None else at_or_below(service, services),
            periods if period is None else (one_of("period", spelt(period, runs[-1].scheme), periods),),
            accounts if account is None else (one_of("account", account, accounts),),
        )

    @property
    def main_service(self) -> str:
        """The total, or the highest of the services asked for."""
        return min(self.services, key=lambda name: (name != ALL_SERVICES, len(parts(name)), name))

    def among(self, places: Iterable[Place]) -> Iterator[Place]:
        """Yield those places that are asked for, in order."""
        services, periods, accounts = set(self.services), set(self.periods), set(self.accounts)
        for place in sorted(places):
            if place[0] in services and place[1] in periods and place[2] in accounts:
                yield place
