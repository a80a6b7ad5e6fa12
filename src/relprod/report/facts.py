"""What a summary says, read off a run: figures for one period, with nothing yet of how they are laid out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relprod.account.bridge import COMPONENT
from relprod.account.services import ALL_SERVICES, parts
from relprod.periods import PeriodScheme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from relprod.run.model import Run

LADDER = tuple(COMPONENT)
"""The accounts of the core ladder in order."""
PLAIN = {
    "activity": "activity",
    "quality_adjusted": "quality-adjusted (official measure)",
    "value_demand": "without failure demand",
    "equity_weighted": "equity-weighted",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """Where one service stands in the period: indices (reference = 100), growth in per cent, productivity over all periods."""

    service: str
    output: float | None
    input: float | None
    productivity: float | None
    on_the_year: float | None
    since_reference: float | None
    trend: tuple[float | None, ...]
    flags: tuple[str, ...]

    @property
    def depth(self) -> int:
        """How far below the total the service is."""
        return len(parts(self.service))


@dataclass(frozen=True)
class Facts:
    """The figures of a run at one period, for some services and one account of the ladder."""

    run: Run
    period: str
    account: str
    services: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, *, service: str | None = None, period: str | None = None, account: str | None = None) -> Facts:
        """Return the facts for a service and those below it, a period and an account; by default all, the last and the last.

        Raises:
            LookupError: the run has no such service, period or account; the message says which there are.

        """
        rows = run.tables["productivity"].select(["service", "period", "account"])
        periods, accounts = sorted(set(rows["period"].to_pylist())), set(rows["account"].to_pylist())
        services = tuple(sorted(set(rows["service"].to_pylist()), key=lambda name: (name == ALL_SERVICES, parts(name))))
        ladder = [name for name in LADDER if name in accounts]
        period = _one_of("period", period, periods)
        account = _one_of("account", account, ladder)
        if service is not None:
            wanted = _one_of("service", service, services)
            services = tuple(name for name in services if wanted in {name, ALL_SERVICES} or parts(name)[: len(parts(wanted))] == parts(wanted))
        return cls(run, period, account, services)

    @cached_property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        study = self.run.study["study"]
        return PeriodScheme(study["frequency"], study["calendar"])

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str, str], Row]:
        """Rows of the table `productivity` by service, period and account."""
        return {(row["service"], row["period"], row["account"]): row for row in self.run.tables["productivity"].to_pylist()}

    @cached_property
    def periods(self) -> Sequence[str]:
        """The run's periods, in order."""
        return sorted({period for _, period, _ in self.by_key})

    @cached_property
    def ladder(self) -> Sequence[str]:
        """The run's accounts, in the order of the ladder."""
        have = {account for _, _, account in self.by_key}
        return [account for account in LADDER if account in have]

    @property
    def reference(self) -> str:
        """What is 100."""
        return str(self.run.study["study"]["reference"])

    @property
    def main_service(self) -> str:
        """The service that the summary ends with: the total, or the one asked for."""
        return ALL_SERVICES if ALL_SERVICES in self.services else min(self.services, key=lambda name: len(parts(name)))

    def standing(self, service: str, account: str | None = None) -> Standing | None:
        """Return where a service stands; None where it has nothing in the period."""
        account = account or self.account
        row = self.by_key.get((service, self.period, account))
        if row is None:
            return None
        until = self.periods[: self.periods.index(self.period) + 1]
        trend = tuple(self.by_key.get((service, period, account), {}).get("productivity") for period in until)
        productivity = row["productivity"]
        since = None if productivity is None or "own-reference" in row["flags"] else productivity - 100
        return Standing(
            service, row["output"], row["input"], productivity, row["productivity_growth_year"], since, trend, tuple(filter(None, row["flags"].split(";")))
        )

    def standings(self) -> Iterator[Standing]:
        """Yield where each service stands, the main one last."""
        ordered = [*(name for name in self.services if name != self.main_service), self.main_service]
        yield from filter(None, (self.standing(service) for service in ordered))

    def bridge(self, since: str) -> dict[str, float]:
        """Return each component's contribution to the main service's productivity growth, in percentage points."""
        rows = self.run.tables["bridge"].to_pylist()
        found = {
            row["component"]: row["contribution_pp"]
            for row in rows
            if row["service"] == self.main_service and row["period"] == self.period and row["since"] == since
        }
        order = [*(COMPONENT[account] for account in self.ladder), "input", "productivity"]
        return {component: found[component] for component in order if component in found}

    def whole_year(self) -> tuple[str, float] | None:
        """Return the last complete year up to the period and its productivity: mean output over mean input; None by year."""
        if self.scheme.subperiods == 1:
            return None
        last = self.scheme.year_of(self.scheme.parse(self.period) + 1) - 1
        labels = [self.scheme.label(last * self.scheme.subperiods + sub) for sub in range(self.scheme.subperiods)]
        rows = [self.by_key.get((self.main_service, label, self.account)) for label in labels]
        if not all(row and row["output"] is not None and row["input"] is not None for row in rows):
            return None
        output, spent = (math.fsum(row[name] for row in rows if row) for name in ("output", "input"))
        return self.scheme.year_label(last), 100 * output / spent

    def failure_demand(self) -> Row | None:
        """Return the main service's failure demand in the period: share of cost and cost; None where it is not in the account."""
        table = self.run.tables.get("failure_demand")
        if table is None:
            return None
        rows = (row for row in table.to_pylist() if (row["service"], row["activity"], row["period"]) == (self.main_service, "All activities", self.period))
        return next(rows, None)

    def flagged(self, flag: str) -> list[str]:
        """Return the lowest services that carry a flag in the period, in any account."""
        marked = {service for (service, period, _), row in self.by_key.items() if period == self.period and flag in row["flags"].split(";")}
        marked &= set(self.services)
        return sorted(service for service in marked if not any(other != service and parts(other)[: len(parts(service))] == parts(service) for other in marked))

    def items_in_and_out(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yield, for each parent, the items that are new or gone against the base of the period's link."""
        for row in self.run.tables["links"].to_pylist():
            shown = row["parent"] in self.services and row["period"] == self.period and row["account"] in {"activity", "core"}
            new, gone = ([item for item in row[name].split(";") if item] for name in ("new_items", "gone_items"))
            if shown and (new or gone):
                yield f"{row['parent']} ({row['quantity']})", new, gone

    def findings(self, severity: str) -> list[Row]:
        """Return the run's findings of one severity."""
        return [row for row in self.run.tables["findings"].to_pylist() if row["severity"] == severity]

    def published(self) -> tuple[int, int, float] | None:
        """Return how many published figures there are, how many are reproduced, and the largest difference; None without any."""
        table = self.run.tables.get("published")
        if table is None or not table.num_rows:
            return None
        rows = table.to_pylist()
        return len(rows), sum(row["within"] for row in rows), max((abs(row["difference"]) for row in rows if row["difference"] is not None), default=math.nan)

    def undocumented(self) -> list[str]:
        """Return the names of the parameters that have no source."""
        return [row["name"] for row in self.run.manifest["assumptions"] if not row["source"]]


def _one_of(what: str, wanted: str | None, known: Sequence[str]) -> str:
    """Return what is asked for, or by default the last there is."""
    if wanted is None:
        return known[-1]
    if wanted not in known:
        shown = ", ".join(known) if len(known) <= 12 else f"{', '.join(known[:4])} … {known[-1]}"  # noqa: PLR2004 - as many as can be read at a glance
        message = f"The run has no {what} '{wanted}'. There are: {shown}."
        raise LookupError(message)
    return wanted
