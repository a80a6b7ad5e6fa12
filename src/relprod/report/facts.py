"""What a summary says, read off a run: figures for one period, with nothing yet of how they are laid out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from relprod.account.bridge import COMPONENT
from relprod.account.services import ALL_SERVICES, parent_of, parts
from relprod.periods import PeriodScheme
from relprod.run.headline import growth_on, has_output_only, ladder_of, last_period_of
from relprod.run.names import at_or_below, one_of, spelt
from relprod.run.tables import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from relprod.run.model import Run

ALONE = {
    "equity_weighted": "without failure demand, weighed by who outcomes go to",
    "extended": "with unpaid work on both sides",
}
"""What an account is called where it stands alone; the others as in a list."""
PLAIN = {
    "activity": "activity",
    "quality_adjusted": "quality-adjusted, the official measure",
    "value_demand": "without failure demand",
    "equity_weighted": "and weighed by who outcomes go to",
    "extended": "and with unpaid work on both sides",
}
ROOM = 40
"""The most services that a summary shows."""
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
    """The figures of a run at one period, for some services and one account of the ladder.

    `services` are all that were asked for; `shown` are those that a summary has room for, the main one last.
    """

    run: Run
    period: str
    account: str
    services: tuple[str, ...]
    ladder: tuple[str, ...]
    periods: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, *, service: str | None = None, period: str | None = None, account: str | None = None) -> Facts:
        """Return the facts for a service and those below it, a period and an account; by default all, the last and the last.

        Raises:
            UsageError: the run has no such service, period or account; the message says which there are.

        """
        found = {name: pc.unique(run.tables["productivity"][name]).to_pylist() for name in ("service", "period", "account")}
        services = tuple(sorted(found["service"], key=lambda name: (name == ALL_SERVICES, parts(name))))
        periods = tuple(sorted(found["period"]))
        ladder = ladder_of(run.tables["productivity"])
        accounts = (*(name for name in found["account"] if name == EXTENDED), *ladder)
        if service is not None:
            services = at_or_below(service, services)
        named = one_of("period", spelt(period, _scheme(run)), periods), one_of("account", account, accounts)
        return cls(run, *named, services, ladder, periods)

    @cached_property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        return _scheme(self.run)

    @property
    def reference(self) -> str:
        """What is 100."""
        return str(self.run.study["study"]["reference"])

    @cached_property
    def main_service(self) -> str:
        """The service that the summary ends with: the total, or the one asked for."""
        return ALL_SERVICES if ALL_SERVICES in self.services else min(self.services, key=lambda name: len(parts(name)))

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The services that a summary shows: all, or, of too many, those directly below the main one, and no more than fit."""
        here = set(_where(self.run.tables["productivity"], period=(self.period,))["service"].to_pylist())
        others = [name for name in self.services if name != self.main_service and name in here]
        if len(others) > ROOM:
            depth = len(parts(self.main_service)) + 1
            others = [name for name in others if len(parts(name)) == depth][:ROOM]
        return (*others, self.main_service)

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str, str], Row]:
        """Rows of the table `productivity` for the services shown, by service, period and account."""
        rows = _where(self.run.tables["productivity"], service=self.shown).to_pylist()
        return {(row["service"], row["period"], row["account"]): row for row in rows}

    def standing(self, service: str, account: str | None = None) -> Standing | None:
        """Return where a service stands; None where it has nothing in the period."""
        account = account or self.account
        row = self.by_key.get((service, self.period, account))
        if row is None:
            return None
        until = self.periods[: self.periods.index(self.period) + 1]
        trend = tuple(self.by_key.get((service, period, account), {}).get("productivity") for period in until)
        flags = tuple(filter(None, row["flags"].split(";")))
        productivity = row["productivity"]
        since = None if productivity is None or "own-reference" in flags else productivity - 100
        on_the_year = self.output_on_the_year(service, account) if self.output_only else row["productivity_growth_year"]
        return Standing(service, row["output"], row["input"], productivity, on_the_year, since, trend, flags)

    @cached_property
    def output_only(self) -> bool:
        """Whether the run has no productivity at all, because the study has no inputs."""
        return has_output_only(self.run.tables["productivity"])

    @cached_property
    def year_earlier(self) -> str:
        """The same period a year earlier, whether the run has it or not."""
        return self.scheme.label(self.scheme.parse(self.period) - self.scheme.subperiods)

    def output_on_the_year(self, service: str, account: str) -> float | None:
        """Return the growth of a service's output in one account on the same period a year earlier, in per cent."""
        now, before = (self.by_key.get((service, period, account), {}).get("output") for period in (self.period, self.year_earlier))
        return growth_on(before, now)

    def standings(self) -> Iterator[Standing]:
        """Yield where each service shown stands, the main one last."""
        yield from filter(None, (self.standing(service) for service in self.shown))

    def bridge(self, since: str) -> dict[str, float]:
        """Return each component's contribution to the main service's productivity growth, in percentage points."""
        rows = _where(self.run.tables["bridge"], service=(self.main_service,), period=(self.period,), since=(since,)).to_pylist()
        found = {row["component"]: row["contribution_pp"] for row in rows}
        if self.account == EXTENDED:
            return {}
        if self.account != self.ladder[-1]:
            found = self._bridge_of_account({row["component"]: row["factor"] for row in rows})
        order = [*(COMPONENT[account] for account in self.ladder), "input", "productivity"]
        return {component: found[component] for component in order if component in found}

    def _bridge_of_account(self, factors: Mapping[str, float]) -> dict[str, float]:
        """Return the contributions to the growth of an account that is not the ladder's last, from the components it has."""
        if not factors:
            return {}
        have = [COMPONENT[account] for account in self.ladder[: self.ladder.index(self.account) + 1]]
        logs = {component: math.log(factors[component]) for component in have} | {"input": -math.log(factors["input"])}
        log_growth = math.fsum(logs.values())
        growth = math.expm1(log_growth)
        scale = growth / log_growth if log_growth else 1.0
        return {component: 100 * log * scale for component, log in logs.items()} | {"productivity": 100 * growth}

    def last_period_of(self, service: str) -> str | None:
        """Return the last period in which a service has productivity."""
        return last_period_of(self.run.tables["productivity"], service, self.account)

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

    def failure_demand(self, service: str | None = None, period: str | None = None) -> Row | None:
        """Return a service's failure demand in a period: share of cost and cost; None where there is nothing to say.

        By default the main service's, in the period of these facts.
        """
        return next(iter(self.beside("failure_demand", service, period, activity=("All activities",))), None)

    def beside(self, table: str, service: str | None = None, period: str | None = None, **more: Sequence[str]) -> list[Row]:
        """Return the rows of a table for a service and a period, by default the main service and the period of these facts."""
        if table not in self.run.tables:
            return []
        return list(
            _where(self.run.tables[table], service=(service or self.main_service,), period=(period or self.period,), **more).to_pylist()
        )

    def flagged(self, flag: str) -> list[str]:
        """Return the lowest services that carry a flag in the period, in any account."""
        rows = _where(self.run.tables["productivity"], service=self.services, period=(self.period,))
        rows = rows.filter(pc.match_substring(rows["flags"], flag)).select(["service", "flags"]).to_pylist()
        marked = {row["service"] for row in rows if flag in row["flags"].split(";")}
        above = {parent_of(service) for service in marked}
        return sorted(marked - above)

    def items_in_and_out(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yield, for each parent shown, the items that are new or gone against the base of the period's link."""
        for row in _where(self.run.tables["links"], parent=self.shown, period=(self.period,), account=("activity", "core")).to_pylist():
            new, gone = ([item for item in row[name].split(";") if item] for name in ("new_items", "gone_items"))
            if new or gone:
                yield f"{row['parent']} ({row['quantity']})", new, gone

    def findings(self, severity: str) -> list[Row]:
        """Return the run's findings of one severity."""
        return list(_where(self.run.tables["findings"], severity=(severity,)).to_pylist())

    def published(self) -> tuple[int, int, float] | None:
        """Return how many published figures there are, how many are reproduced, and the largest difference; None without any."""
        table = self.run.tables.get("published")
        if table is None or not table.num_rows:
            return None
        differences = [abs(value) for value in table["difference"].to_pylist() if value is not None]
        return table.num_rows, pc.sum(table["within"]).as_py(), max(differences, default=math.nan)

    def left_out(self) -> list[Row]:
        """Return the study's exclusions, as the manifest has them."""
        return list(self.run.manifest.get("exclusions", ()))

    def disclosure(self) -> Row | None:
        """Return what was done so that nobody can be found in a small count; None where nothing was."""
        return self.run.manifest.get("disclosure")

    def undocumented(self) -> list[str]:
        """Return the names of the parameters that have no source."""
        return [row["name"] for row in self.run.manifest["assumptions"] if not row["source"]]


def _where(table: pa.Table, **wanted: Sequence[str]) -> pa.Table:
    """Return the rows whose columns hold one of the values wanted of each."""
    for name, values in wanted.items():
        table = table.filter(pc.is_in(table[name], pa.array(values, type=pa.string())))
    return table


def _scheme(run: Run) -> PeriodScheme:
    study = run.study["study"]
    return PeriodScheme(study["frequency"], study["calendar"])
