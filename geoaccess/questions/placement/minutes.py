"""Times of a placement question: fixed parts, travel in the direction of the service, the way on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, read_table
from geoaccess.minutes import fastest, fill_place_minutes, nearest_minutes
from geoaccess.minutes.drives_over_day import Over, day_minutes
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.questions.placement.resource_bases import placed_minutes, placed_resource, resource_minutes
from geoaccess.study import Study
from geoaccess.study.placement_sections import Onward, Placement
from geoaccess.study.resource_sections import bases_of
from networks.errors import Fault
from networks.ferry_service import MINUTES_PER_DAY

#: Minutes of one time of day for the whole journey, as in all tables.
ONE_CLOCK = "one-clock"


def site_minutes(study: Study, question: Placement, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) minutes from the alarm until the service is given; NaN unreachable.

    The parts of the question (of the alternative, for its sites) plus travel from site to person or from
    person to site, plus the way of the vehicle that fetches the person for an alternative, plus, where the
    question asks for the whole chain, the way on to the best hospital.
    """
    if question.times != ONE_CLOCK:
        return _over_the_day(study, question, places)
    own, placed = (places["kind"] == "").to_numpy(), placed_resource(study, question)
    # Small first: what a first search reads and compiles is given back before the matrix takes its room.
    always = None if own.all() else resource_minutes(study, question, places[~own])
    minutes = np.empty((len(study.demand), len(places)))
    for part in places.loc[own, "part"].value_counts().index:  # the most first, for the same reason
        columns = own & (places["part"] == part).to_numpy()
        other = next((item for item in question.alternatives if item.kind == part), None)
        if other is None and placed is not None:
            minutes[:, columns] = placed_minutes(study, question, placed, places[columns])
            continue
        if other is not None and other.brought_by:
            carried = transport_to(study, other.kind, scene_min=other.scene_min)
            found = pd.DataFrame(carried.minutes, columns=carried.facilities["facility_id"])
            minutes[:, columns] = sum(other.parts.values()) + found[places["site_id"][columns]].to_numpy()
            continue
        direction = other.direction if other else question.direction
        parts = other.parts if other else question.parts
        added = sum(parts.values())
        fill_place_minutes(minutes, columns, study, places, direction=direction, added_min=added)
        if other is not None and other.fetched_by:
            minutes[:, columns] += nearest_minutes(study, other.fetched_by, direction="from_site")[:, None]
    if always is not None:
        minutes[:, ~own] = always
    if question.onward is None:
        return minutes
    if question.onward.brought_by:
        return _brought_on(study, question, question.onward, places, minutes)
    minutes += onward_minutes(study, question)[:, None]
    return minutes


def _brought_on(
    study: Study, question: Placement, onward: Onward, places: pd.DataFrame, minutes: FloatArray
) -> FloatArray:
    """(n_demand, n_sites) minutes to the best hospital by the best chain that a site's crew takes part in.

    Everybody of today is there to carry, or to treat until a crew that carries has come; a crew of the site
    does either. The least over the sites is what the whole fleet would do with them.

    Raises:
        DataError: stations that may go would carry; or what is placed does not drive.
    """
    faults: list[tuple[str, str, str]] = []
    if question.existing != "stay":
        faults.append(("existing", question.existing, "today's crews carry: say existing = stay"))
    if question.craft or placed_resource(study, question) is not None:
        faults.append(("craft", question.facility, "new boats and aircraft are not counted as carriers"))
    if faults:
        where = "study.toml [placements.*.onward] brought_by"
        raise DataError([Fault(text, where=where, column=name, value=one) for name, one, text in faults])
    carried = transport_to(study, onward.kind, scene_min=onward.scene_min)
    by_road = carried.scene_min + nearest_minutes(study, onward.kind)
    drives = {
        kind
        for name, one in study.config.resources.items()
        if one.moves == "road" and "transport" in one.gives
        for kind in bases_of(name, one)
    }
    found = np.full(minutes.shape, np.nan)
    for column, kind in enumerate(places["kind"].to_numpy(dtype=object)):
        carries = (str(kind) or question.facility) in drives
        chains = carried.found.joined_by(minutes[:, column], carries=carries)
        alone = (minutes[:, column] + by_road)[:, None]
        found[:, column] = fastest(np.hstack([chains, alone]) if carries else chains)
    return found + sum(onward.parts.values())


def _over_the_day(study: Study, question: Placement, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) a figure over all moments of leaving.

    Boats and aircraft of the study do not wait for ferries: their minutes are the same at every moment.

    Raises:
        DataError: the question has legs after each other, whose figures do not add up; or no thresholds.
    """
    legs = {
        "onward": question.onward is not None,
        "alternatives": bool(question.alternatives),
        "craft": bool(question.craft),
        "a resource": placed_resource(study, question) is not None,
    }
    faults = [
        Fault(
            "figures over the day of ways after each other, or of boats and aircraft that are placed, do not "
            "add up: ask without them, or with times = one-clock",
            where="study.toml",
            column=name,
            value=question.times,
        )
        for name, given in legs.items()
        if given
    ]
    thresholds = class_thresholds(study, question) - sum(question.parts.values())
    over = cast("Over", question.times.removeprefix("around-the-clock-"))
    if over == "beyond" and np.isnan(thresholds).any():
        reason = "minutes of the day beyond a threshold need one: give the placement a [response]"
        faults.append(Fault(reason, where="study.toml", column="times", value=question.times))
    if faults:
        raise DataError(faults)
    minutes = np.full((len(study.demand), len(places)), np.nan)
    own = (places["kind"] == "").to_numpy()
    found = day_minutes(study, places[own], over, direction=question.direction, limits_min=thresholds)
    # The parts shift the moment of leaving, which is uniform over a day that repeats itself.
    minutes[:, own] = found if over == "beyond" else found + sum(question.parts.values())
    if not own.all():
        always = resource_minutes(study, question, places[~own])
        late = np.where(always <= class_thresholds(study, question)[:, None], 0.0, MINUTES_PER_DAY)
        minutes[:, ~own] = np.where(np.isnan(always), np.nan, late) if over == "beyond" else always
    return minutes


def onward_minutes(study: Study, question: Placement) -> FloatArray:
    """(n_demand,) minutes from the person to the best hospital, its fixed parts included; NaN unreachable.

    The best hospital of a person does not depend on which station the ambulance comes from.
    """
    if question.onward is None:
        return np.zeros(len(study.demand))
    return nearest_minutes(study, question.onward.kind) + sum(question.onward.parts.values())


def class_thresholds(study: Study, question: Placement) -> FloatArray:
    """(n_demand,) response threshold of each demand point by its municipality's class; NaN without one."""
    if question.response is None:
        return np.full(len(study.demand), np.nan)
    urban = study.municipalities.set_index("municipality_code")["urban"]
    is_urban = urban.loc[study.demand["municipality_code"]].to_numpy(dtype=bool)
    return np.where(is_urban, question.response.urban_min, question.response.rural_min)


def allowed_pairs(
    study: Study, question: Placement, codes: list[str], places: pd.DataFrame
) -> NDArray[np.bool_]:
    """(n, n_sites) whether people of a municipality may be served at a site, by the question's catchment.

    Args:
        study: the study.
        question: the question.
        codes: municipality code of each row.
        places: the sites.

    Raises:
        DataError: the table of neighbours has faults.
    """
    sites = places["municipality_code"].to_numpy(dtype=object)
    rows = np.asarray(codes, dtype=object)
    if question.catchment == "any":
        return np.ones((len(rows), len(sites)), dtype=bool)
    allowed = rows[:, None] == sites[None, :]
    if question.catchment == "neighbours":
        steps = _borders_between(study, question, sorted({*codes, *map(str, sites)}))
        allowed |= np.array([[steps[row, site] for site in sites] for row in rows], dtype=bool)
    return np.asarray(allowed, dtype=bool)


def _borders_between(study: Study, question: Placement, codes: list[str]) -> dict[tuple[str, str], bool]:
    """Whether two municipalities are at most ``question.borders`` borders apart."""
    if not question.neighbours:
        raise DataError([Fault("catchment 'neighbours' needs a table of neighbours", where="study.toml")])
    table = read_table(
        study.folder / question.neighbours, [Column("municipality_a"), Column("municipality_b")]
    )
    known = sorted({*codes, *table["municipality_a"], *table["municipality_b"]})
    place = {code: number for number, code in enumerate(known)}
    one = np.eye(len(known), dtype=bool)
    first = table["municipality_a"].map(place).to_numpy(dtype=np.int64)
    second = table["municipality_b"].map(place).to_numpy(dtype=np.int64)
    one[first, second] = one[second, first] = True
    near = np.linalg.matrix_power(one.astype(np.float64), question.borders) > 0
    return {(a, b): bool(near[place[a], place[b]]) for a in codes for b in codes}


@dataclass(frozen=True, eq=False)
class WholeMunicipalities:
    """Municipalities as rows of a problem: each is assigned as one.

    A site that some inhabited point of a row cannot reach is unreachable for the row. Points that no site at
    all reaches (an island without a car ferry) are a row of their own, or else they would cut off the whole
    municipality, and be counted in means that they have no minutes in.

    Attributes:
        minutes: (n_rows, n_sites) weighted mean of the row's points to every site; NaN unreachable.
        weights: (n_rows,) weights of the row's points.
        codes: (n_rows,) municipality of each row: each once, then those with people apart again.
        row_of: (n_demand,) row of each demand point.
        first_row: (n_demand,) first row of each demand point's municipality.
    """

    minutes: FloatArray
    weights: FloatArray
    codes: list[str]
    row_of: NDArray[np.int64]
    first_row: NDArray[np.int64]


def by_municipality(
    study: Study, minutes: FloatArray, weights: FloatArray, *, apart: NDArray[np.int64] | None = None
) -> WholeMunicipalities:
    """Times and weights of whole municipalities.

    Args:
        study: the study.
        minutes: (n_demand, n_sites) of every demand point; NaN unreachable.
        weights: (n_demand,) weights.
        apart: (n_demand,) which people of a municipality are a row of their own, by number, 0 = with the
            others; default: those whom no site reaches.
    """
    codes = [str(code) for code in study.municipalities["municipality_code"]]
    position = {code: row for row, code in enumerate(codes)}
    first_row = np.asarray([position[str(code)] for code in study.demand["municipality_code"]], np.int64)
    cut_off = np.asarray(~np.isfinite(minutes).any(axis=1), dtype=np.int64)
    own = np.where(weights > 0, cut_off if apart is None else apart, 0)
    row_of = first_row.copy()
    for row, part in sorted(set(zip(first_row[own > 0].tolist(), own[own > 0].tolist(), strict=True))):
        row_of[(first_row == row) & (own == part)] = len(codes)
        codes.append(codes[row])
    totals = np.bincount(row_of, weights=weights, minlength=len(codes)).astype(np.float64)
    times = np.full((len(codes), minutes.shape[1]), np.nan)
    for row in np.flatnonzero(totals):
        here = (row_of == row) & (weights > 0)
        times[row] = weights[here] @ minutes[here] / totals[row]
    return WholeMunicipalities(times, totals, codes, row_of, first_row)
