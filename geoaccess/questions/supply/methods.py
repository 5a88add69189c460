"""The methods of floating catchments by name, each with the parameters of its paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.questions.supply.decay import Decay, Exponential, Gaussian, Power, Steps, Within
from geoaccess.questions.supply.floating import (
    e2sfca,
    facility_radii,
    three_step,
    two_step,
    variable_two_step,
)
from geoaccess.questions.supply.inputs import Times
from geoaccess.words.note import Note, together

#: Method -> the paper that it is of.
METHODS = {
    "2sfca": "Luo and Wang 2003, doi 10.1068/b29120",
    "e2sfca": "Luo and Qi 2009, doi 10.1016/j.healthplace.2009.06.002",
    "3sfca": "Wan, Zou and Sternberg 2012, doi 10.1080/13658816.2011.624987",
    "variable": "Luo and Whippo 2012, Health and Place 18(4), 789-795",
}
#: Size of every catchment in the paper, minutes.
PLAIN_MIN = 30.0
#: Zones of the papers: minutes=share.
ZONES = {
    "e2sfca": "zones:10=1,20=0.68,30=0.22",
    "3sfca": "zones:10=0.962,20=0.704,30=0.377,60=0.042",
}
_FORMS = (
    "zones:MIN=SHARE,MIN=SHARE; gaussian:WIDTH_MIN; exponential:RATE_PER_MIN; power:EXPONENT:FLOOR_MIN "
    "(the last three end at --threshold)"
)


@dataclass(frozen=True, slots=True)
class Method:
    """A floating catchment with its parameters.

    Attributes:
        name: one of :data:`METHODS`.
        decay: how much a facility counts at a time; ``within`` the limit everything counts alike.
        limit_min: nothing counts beyond it.
        told: the parameters in a line.
        by_default: whether the parameters are those of the paper because none were given.
        sizes_min: sizes to try, of ``variable``.
        enough: persons that a catchment must hold, of ``variable``.
    """

    name: str
    decay: Decay
    limit_min: float
    told: str
    by_default: bool
    sizes_min: tuple[float, ...] = ()
    enough: float = 0.0

    def radii(self, times: Times, persons: pd.Series[float]) -> pd.Series[float]:
        """Minutes around each facility that can count."""
        if self.name == "variable":
            return facility_radii(times, persons, sizes_min=self.sizes_min, persons=self.enough)
        return pd.Series(self.limit_min, index=times.facility_ids, name="radius_min")

    def per_person(
        self, times: Times, persons: pd.Series[float], amounts: pd.Series[float]
    ) -> pd.Series[float]:
        """Capacity per person of each demand point; NaN where it is not defined."""
        if self.name == "2sfca":
            return two_step(times, persons, amounts, threshold_min=self.limit_min)
        if self.name == "e2sfca":
            return e2sfca(times, persons, amounts, decay=self.decay)
        if self.name == "3sfca":
            return three_step(times, persons, amounts, decay=self.decay)
        radii = self.radii(times, persons)
        return variable_two_step(times, persons, amounts, facility_radii_min=radii)


def method_of(
    name: str,
    *,
    threshold_min: float | None = None,
    decay: str = "",
    sizes_min: Sequence[float] = (),
    enough: float | None = None,
) -> Method:
    """A method with its parameters; those not given are those of its paper.

    Args:
        name: one of :data:`METHODS`.
        threshold_min: size of every catchment of ``2sfca``; where a decay without an end of its own ends.
        decay: as ``zones:10=1,20=0.68``, ``gaussian:20``, ``exponential:0.05``, ``power:1.5:5``.
        sizes_min: sizes to try, rising: ``variable`` has no default.
        enough: persons that are enough: ``variable`` has no default.

    Raises:
        DataError: parameters that are missing, that the method does not take, or that cannot be.
    """
    faults: list[str] = []
    if name not in METHODS:
        faults.append(Note("fault.supply.no_method", name=name, methods=tuple(METHODS)))
    if name == "variable" and (not sizes_min or enough is None):
        faults.append("variable needs the sizes to try (--sizes 15,30,60) and how many are enough (--enough)")
    if name != "variable" and (sizes_min or enough is not None):
        faults.append(Note("fault.supply.one_size", name=name))
    if name in {"2sfca", "variable"} and decay:
        faults.append(Note("fault.supply.alike", name=name))
    if name == "variable" and threshold_min is not None:
        faults.append("variable ends at the largest of --sizes: --threshold belongs to the others")
    if name in ZONES and threshold_min is not None and not decay:
        faults.append(Note("fault.supply.zones_end", name=name))
    if faults:
        raise DataError(together(faults))
    if name == "variable":
        sizes = tuple(float(size) for size in sizes_min)
        tried = Note("supply.told.sizes", sizes=[f"{size:g}" for size in sizes], enough=enough)
        return Method(
            name, Within(sizes[-1]), sizes[-1], tried, by_default=False, sizes_min=sizes, enough=enough or 0.0
        )
    if name == "2sfca":
        limit = PLAIN_MIN if threshold_min is None else threshold_min
        return Method(name, Within(limit), limit, f"{limit:g} min", by_default=threshold_min is None)
    made = parse_decay(decay or ZONES[name], threshold_min)
    told = decay or ZONES[name]
    if threshold_min is not None:
        told += f", {threshold_min:g} min"
    return Method(name, made, made.limit_min, told, by_default=not decay)


def parse_decay(text: str, limit_min: float | None) -> Decay:
    """A decay function from its words.

    Raises:
        DataError: it is no such function, has no end, or its figures cannot be.
    """
    form, _, rest = text.partition(":")
    try:
        if form == "zones":
            zones = [part.split("=") for part in rest.split(",")]
            if limit_min is not None:
                raise DataError("zones end by themselves: --threshold does not go with them")
            shares = tuple(float(zone[1]) for zone in zones)
            if min(shares) <= 0:
                raise DataError("a zone that counts nothing is no zone: leave it out")
            return Steps(tuple(float(zone[0]) for zone in zones), shares)
        if form in {"gaussian", "exponential", "power"} and limit_min is None:
            raise DataError(Note("fault.supply.endless", form=form))
        limit = limit_min or 0.0
        if form == "gaussian":
            return Gaussian(float(rest), limit)
        if form == "exponential":
            return Exponential(float(rest), limit)
        if form == "power":
            exponent, _, floor = rest.partition(":")
            return Power(float(exponent), float(floor), limit)
    except (ValueError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(Note("fault.supply.decay", text=text, forms=_FORMS)) from error
    raise DataError(Note("fault.supply.no_decay", form=form, forms=_FORMS))
