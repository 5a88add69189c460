"""Maps of a placement: before and after, who gains, who is within the threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.map_layers import Pieces
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.map_alternatives import Alternative, alternatives
from geoaccess.words.note import said_in
from maps import (
    Column,
    FlowLayer,
    Headline,
    Proof,
    ProofStatus,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    View,
)
from maps.layers import Layer

BEFORE, AFTER, CHANGE = "before", "after", "change"
WITHIN = {BEFORE: "within-before", AFTER: "within-after"}
SITES = "sites"
#: Limits of the classes of response times, minutes: the guidance's 12 and 25, then round figures.
RESPONSE = (12.0, 25.0, 40.0, 60.0, 90.0)
_STANDING = ("existing", "required", "chosen", "closed")
_MEAN_MODEL = "p-median"
#: Minutes that are rounding, and neither gained nor lost.
_SAME_MIN = 1e-6


def pieces(source: Source, base: pd.DataFrame | None = None) -> Pieces:
    """Everything that a run says of a placement, its places in the order of ``base``.

    Raises:
        DataError: the placement is of other places than ``base``.
    """
    found = Pieces()
    frame, placed = source.table("placement"), source.facts.get("place")
    if frame.empty or not placed:
        return found
    frame = in_order(frame, frame if base is None else base)
    found.base = frame
    others = alternatives(source)
    found.views = [*_views(source, placed, frame), *(other.view for other in others)]
    found.series = _series(source, frame)
    found.layers = [*_sites(source, placed, others), *_flows(source, frame)]
    found.columns = _served_from(source, frame)
    found.closed_in = {view.key: str(placed.get("scenario", "base")) for view in found.views}
    return found


def in_order(frame: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of places in the order of another.

    Raises:
        DataError: the two are of other places.
    """
    rows = pd.Index(frame["demand_id"]).get_indexer(pd.Index(base["demand_id"]))
    if (rows < 0).any() or len(rows) != len(frame):
        raise DataError("two tables of the run are of other places")
    ordered: pd.DataFrame = frame.iloc[rows].reset_index(drop=True)
    return ordered


def subject(source: Source) -> str:
    """The question of the placement in words."""
    return source.words.told(source.facts.get("place", {}), "title")


def _views(source: Source, placed: dict[str, Any], frame: pd.DataFrame) -> list[View]:
    words, group = source.words, source.words("group.placement")
    count = len(placed["chosen"])
    after = words("view.after", count=count) if count else words("view.after.none")
    both = (*figures(source, placed[AFTER]), gain_headline(source, placed))
    views = [
        View(
            BEFORE, words("view.before"), headline=figures(source, placed[BEFORE]), group=group, charted=True
        ),
        View(AFTER, after, headline=both, proof=proof(source, placed), group=group, charted=True),
        View(
            CHANGE,
            words("view.change"),
            words("view.change.told"),
            _change_headline(source, placed, frame),
            group=group,
        ),
    ]
    if np.isfinite(numbers(frame, "threshold_min")).any():
        told = words("view.class.told", limits=words.limits(_class_limits(frame)))
        for state, label in ((BEFORE, "view.class.before"), (AFTER, "view.class.after")):
            views.append(View(WITHIN[state], words(label), told, figures(source, placed[state]), group=group))
    return views


def _class_limits(frame: pd.DataFrame) -> tuple[float, ...]:
    return tuple(sorted(set(numbers(frame, "threshold_min")[frame["threshold_min"].notna()].tolist())))


def figures(source: Source, found: dict[str, Any]) -> tuple[Headline, ...]:
    """Mean, 90th percentile, and the share within the threshold of the class where there is one."""
    words = source.words
    headline = [
        Headline(words("figure.mean"), found["mean_min"], "min", words("figure.mean.told"), digits=2),
        shared.percentile_figure(source, "p90", found["p90_min"], found.get("persons_unreachable")),
    ]
    share = found.get("share_within_class_threshold")
    if share is not None:
        headline.append(Headline(words("figure.within_class"), 100.0 * share, words("unit.share"), digits=1))
    if found.get("persons_unreachable"):
        headline.append(
            Headline(words("figure.unreachable"), found["persons_unreachable"], words("unit.people"))
        )
    return tuple(headline)


def gain_headline(source: Source, placed: dict[str, Any]) -> Headline:
    """How much the mean falls; a text where other people are reached, whose mean cannot be compared."""
    words, before, after = source.words, placed[BEFORE], placed[AFTER]
    if before.get("persons_unreachable") != after.get("persons_unreachable"):
        return Headline(words("figure.saved"), words("figure.saved.others"))
    # None where nobody is reached: then there is no difference of means.
    means = [math.nan if one["mean_min"] is None else one["mean_min"] for one in (before, after)]
    return Headline(words("figure.saved"), means[0] - means[1], "min", digits=2)


def _change_headline(source: Source, placed: dict[str, Any], frame: pd.DataFrame) -> tuple[Headline, ...]:
    """The mean before and after, where it is of the same people, and who gains, loses, is newly reached."""
    words, states = source.words, (placed[BEFORE], placed[AFTER])
    means = [one["mean_min"] for one in states]
    found = []
    if None not in means and states[0].get("persons_unreachable") == states[1].get("persons_unreachable"):
        told = " → ".join(words.number(float(mean), 2) for mean in means)
        found.append(Headline(words("figure.mean.change"), told, "min"))
    weights = source.weights(frame)
    if not weights:
        return tuple(found)
    persons, before, after = (numbers(frame, name) for name in (weights[0], "before_min", "after_min"))
    for key, who in (
        ("figure.gain", before - after > _SAME_MIN),
        ("figure.lose", after - before > _SAME_MIN),
        ("figure.newly", np.isnan(before) & ~np.isnan(after)),
        ("figure.no_longer", ~np.isnan(before) & np.isnan(after)),
    ):
        people = float(persons[who].sum())
        if people or key in {"figure.gain", "figure.lose"}:
            found.append(Headline(words(key), people, words("unit.people")))
    return tuple(found)


def proof(source: Source, placed: dict[str, Any]) -> Proof:
    """What is known of the answer's quality."""
    known = {status.value: status for status in ProofStatus}
    is_mean = _is_mean(placed)
    return Proof(
        status=known.get(str(placed["status"]), ProofStatus.FEASIBLE),
        objective=placed["objective"],
        lower_bound=placed["lower_bound"],
        gap=placed["gap"],
        unit="min" if is_mean else "",
        solver=said_in(placed, "solver", source.words.language.value),
        objective_name=source.words("proof.mean" if is_mean else "proof.other"),
    )


def _is_mean(placed: dict[str, Any]) -> bool:
    """Whether what was minimised is the mean that the figures show."""
    objective, mean = placed.get("objective"), placed[AFTER].get("mean_min")
    if placed.get("model", _MEAN_MODEL) != _MEAN_MODEL or objective is None or mean is None:
        return False
    return bool(np.isclose(objective, mean, rtol=1e-6))


def _series(source: Source, frame: pd.DataFrame) -> list[Series]:
    words = source.words
    times = {state: numbers(frame, f"{state}_min") for state in (BEFORE, AFTER)}
    scale = Scale.thresholds(RESPONSE)
    names = {BEFORE: words("series.before"), AFTER: words("series.after")}
    series = [Series(names[state], times[state], scale, state) for state in (BEFORE, AFTER)]
    change = times[AFTER] - times[BEFORE]
    series.append(Series(words("series.change"), change, Scale.difference(), CHANGE))
    limits = numbers(frame, "threshold_min")
    if np.isfinite(limits).any():
        labels = (words("class.within"), words("class.beyond"))
        for state in (BEFORE, AFTER):
            beyond = np.where(np.isnan(times[state]) | np.isnan(limits), np.nan, times[state] > limits)
            name = words(f"series.class.{state}")
            series.append(Series(name, beyond, Scale.ordered(labels), WITHIN[state]))
    return series


def _sites(source: Source, placed: dict[str, Any], others: list[Alternative]) -> list[Layer]:
    table = source.table("sites")
    if table.empty:
        return []
    standing = _standing(table, others)
    rows = table[standing].reset_index(drop=True)
    after = [SiteRole(role) if role in _STANDING else SiteRole.ABSENT for role in rows["role"]]
    today = [_today(role) for role in rows["role"]]
    keys = {BEFORE: today, AFTER: after, CHANGE: after}
    if np.isfinite(numbers(source.table("placement"), "threshold_min")).any():
        keys |= {WITHIN[BEFORE]: today, WITHIN[AFTER]: after}
    for other in others:
        keys[other.view.key] = [role for role, kept in zip(other.roles, standing, strict=True) if kept]
    facility = str(placed.get("facility", "ambulance_station"))
    words = source.words
    columns = [Column(words("column.served_after"), numbers(rows, "persons_served"))]
    if "units" in rows and rows["units"].notna().any():
        columns.append(Column(words("column.units"), numbers(rows, "units")))
    layer = SiteLayer(
        key=SITES,
        name=source.kind_heading(facility, plural=True),
        lon=numbers(rows, "lon"),
        lat=numbers(rows, "lat"),
        labels=rows["name"].astype(str).tolist(),
        shape=shared.SHAPES.get(facility, Shape.PENTAGON),
        roles={"": [SiteRole.ABSENT] * len(rows), **keys},
        columns=tuple(columns),
    )
    return [layer]


def _served_from(source: Source, frame: pd.DataFrame) -> list[Column]:
    """What serves each place before and after, by name: the lines of the map as columns of its table."""
    table = source.table("sites")
    if table.empty or "site_after" not in frame:
        return []
    names = dict(zip(table["site_id"].astype(str), table["name"].astype(str), strict=True))
    return [
        Column(
            source.words(f"column.from_{state}"), [names.get(str(key), "") for key in frame[f"site_{state}"]]
        )
        for state in (BEFORE, AFTER)
    ]


def _standing(table: pd.DataFrame, others: list[Alternative]) -> NDArray[np.bool_]:
    """(n_sites,) the sites that are open today, in the answer or in an alternative."""
    standing: NDArray[np.bool_] = table["role"].isin(_STANDING).to_numpy()
    for other in others:
        standing = standing | np.asarray([role is not SiteRole.ABSENT for role in other.roles])
    return standing


def _today(role: str) -> SiteRole:
    """What a site is before the answer: chosen ones are not there yet, closed ones still are."""
    if role not in _STANDING or role == "chosen":
        return SiteRole.ABSENT
    return SiteRole.EXISTING if role == "closed" else SiteRole(role)


def _flows(source: Source, frame: pd.DataFrame) -> list[Layer]:
    """Which site serves which place, before and after; drawn when the reader asks."""
    table = source.table("sites")
    if table.empty or "site_after" not in frame:
        return []
    rows = table[_standing(table, alternatives(source))]
    position = {str(key): at for at, key in enumerate(rows["site_id"])}
    to_site = {
        state: np.asarray([position.get(str(key), -1) for key in frame[f"site_{state}"]], dtype=np.int64)
        for state in (BEFORE, AFTER)
    }
    name = source.words("layer.flows.placement")
    return [FlowLayer("flows-placement", name, shared.SETTLEMENTS, SITES, to_site, shown=False)]
