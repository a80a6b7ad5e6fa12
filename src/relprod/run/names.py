"""What is meant by a service, a period or an account that somebody names, among those that a run has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relprod.account.services import ALL_SERVICES, is_at_or_below, parts
from relprod.errors import UsageError
from relprod.periods import PeriodError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relprod.periods import PeriodScheme

_FEW = 12


def one_of(what: str, wanted: str | None, known: Sequence[str]) -> str:
    """Return what is asked for, or by default the last there is.

    Raises:
        UsageError: there is no such thing; the message says which there are.

    """
    if wanted is None:
        return known[-1]
    if wanted not in known:
        shown = ", ".join(known) if len(known) <= _FEW else f"{', '.join(known[:_FEW])} … {known[-1]}"
        message = f"The run has no {what} '{wanted}'; there are: {shown}."
        raise UsageError(message)
    return wanted


def at_or_below(service: str, services: Sequence[str]) -> tuple[str, ...]:
    """Return the services that are the one named, or below it; all of them for the total.

    Raises:
        UsageError: there is no such service.

    """
    wanted = one_of("service", _full_path(service, services), services)
    return tuple(name for name in services if wanted == ALL_SERVICES or is_at_or_below(name, wanted))


def spelt(period: str | None, scheme: PeriodScheme) -> str | None:
    """Return a period in the one spelling that relprod writes, or as it is where it cannot be read."""
    try:
        return None if period is None else scheme.label(scheme.parse(period))
    except PeriodError:
        return period


def _full_path(service: str, services: Sequence[str]) -> str:
    """Return the one service that a name means: its path, or only its last part, in any case; else the name as it is."""
    name = service.casefold()
    means = [known for known in services if known.casefold() == name] or [
        known for known in services if parts(known)[-1:] and parts(known)[-1].casefold() == name
    ]
    return means[0] if len(means) == 1 else service
