"""Who comes as weather lets them: expected minutes, what is kept so often, how often nobody comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.measures import persons_unreachable, persons_within, summarise, weighted_mean
from geoaccess.minutes.drives import fastest, fastest_column
from geoaccess.minutes.resources import Reach, reach
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.minutes.resources.transport_weather import transport_arrivals
from geoaccess.study import Study
from geoaccess.study.resource_sections import SEASONS, Season, Service
from geoaccess.study.services import asked_service, service_section


@dataclass(frozen=True)
class Weather:
    """What is asked of the weather.

    Attributes:
        season: summer or winter; None = the year, half of each.
        share: share of the time of the percentile, 0.9 = nine times in ten.
        within_min: by when somebody should be there; None = the last threshold of the service.
    """

    season: Season | None = None
    share: float = 0.9
    within_min: float | None = None

    def limit(self, study: Study, name: str) -> float:
        """The minutes within which a service, by its name, should be there."""
        return self.within_min if self.within_min is not None else study.kind(name).thresholds_min[-1]


#: Half a year of each season, nine times in ten, the last threshold of the service.
ANY_WEATHER = Weather()


def is_service(study: Study, name: str) -> bool:
    """Whether a name means help that comes to the patient, and no kind of facility of the study."""
    asked = asked_service(name)
    return asked is not None and not asked.to and name not in study.config.kinds


def who_comes(study: Study, name: str, weather: Weather) -> pd.DataFrame:
    """Columns on who comes to every demand point, beside the minutes of the quickest.

    Args:
        study: the study in its state.
        name: the service, as it was asked for.
        weather: season, percentile and limit.

    Returns:
        ``comes`` (kind of the base that is first), ``second_id, second_name, second_comes``, ``expected_min``
        (mean over the time in which somebody comes), ``kept_min`` (kept a share of the time; NaN: not so
        often), ``share_late`` (share of the time in which nobody comes within the limit), ``remains_id,
        remains_name, remains_comes, remains_min`` (who comes when every weather group is grounded).
    """
    asked = asked_service(name)
    assert asked is not None
    table = reach(study, asked.service)
    first, second = table.first, table.second
    come = table.arrivals(weather.season)
    calm = calm_ground(table)
    return pd.DataFrame(
        {
            "comes": table.labels(first, "kind"),
            "second_id": table.labels(second, "base_id"),
            "second_name": table.labels(second),
            "second_comes": table.labels(second, "kind"),
            "expected_min": come.expected(),
            "kept_min": come.percentile(weather.share),
            "share_late": 1.0 - come.within(weather.limit(study, asked.service)),
            "remains_id": calm.labels(calm.first, "base_id"),
            "remains_name": calm.labels(calm.first),
            "remains_comes": calm.labels(calm.first, "kind"),
            "remains_min": calm.quickest_min,
        }
    )


def how_carried(study: Study, name: str, weather: Weather) -> pd.DataFrame:
    """Columns on how everybody is carried, beside the minutes of the quickest way.

    Args:
        study: the study in its state.
        name: transport to somewhere, as it was asked for.
        weather: season, percentile and limit.

    Returns:
        ``way`` (craft that carry, in order), ``flies`` (yes where one of them flies), ``grounded_min``
        (minutes of the quickest way when nothing flies; NaN = none), ``expected_min`` (mean over the time in
        which somebody brings them), ``kept_min``, ``share_late`` (as :func:`who_comes`, of being at the door)
        and ``remains_min`` (minutes when everything that weather can ground stays at its base).
    """
    asked = asked_service(name)
    assert asked is not None
    carried = transport_to(study, asked.to)
    ways = carried.ways(fastest_column(carried.minutes))
    _, grounded, _ = carried.on_the_ground.nearest()
    come = transport_arrivals(study, carried, weather.season)
    sure = [one for one in set(carried.resources.values()) if study.config.resources[one].goes_in_any_weather]
    return pd.DataFrame(
        {
            "way": ways,
            "flies": ["yes" if way and carried.flies(str(way)) else "" for way in ways],
            "grounded_min": grounded,
            "expected_min": come.expected(),
            "kept_min": come.percentile(weather.share),
            "share_late": 1.0 - come.within(weather.limit(study, name)),
            "remains_min": fastest(carried.with_resources(sure)),
        }
    )


def is_transport(study: Study, name: str) -> bool:
    """Whether a name means transport to a kind of facility, and no kind of facility of the study."""
    asked = asked_service(name)
    return asked is not None and bool(asked.to) and name not in study.config.kinds


def meets_weather(study: Study, name: str) -> bool:
    """Whether weather has a say in what a name means: help that comes, or transport."""
    return is_service(study, name) or is_transport(study, name)


def calm_ground(table: Reach) -> Reach:
    """The bases that no weather grounds."""
    sure = (table.bases[list(SEASONS)].to_numpy(dtype=np.float64) >= 1.0).all(axis=1)
    return table.only(np.asarray(sure, dtype=np.bool_))


def by_craft(study: Study, name: str, weather: Weather, persons: FloatArray) -> pd.DataFrame:
    """What each resource adds: alone, and with those of the study file before it.

    Returns:
        One row a set of resources, each one more than the row before, then the doctor: ``counted`` (resources
        joined by +), ``bases, persons_first`` (whom the last one reaches first of all), ``mean_min, p90_min,
        worst_min``, ``share_in_class`` (class thresholds, NaN without), ``share_in_limit``, the last two in
        summer and winter as weather lets them, ``share_kept_summer, share_kept_winter`` (persons who are
        reached within the limit so often as asked) and ``persons_unreachable``.
    """
    asked = asked_service(name)
    assert asked is not None
    table = reach(study, asked.service)
    order = [one for one in study.config.resources if bool((table.bases["resource"] == one).any())]
    limit, classes = weather.limit(study, asked.service), class_limits(study, asked.service)
    first = table.labels(table.first, "resource")
    rows = []
    for number, resource in enumerate(order):
        chosen = table.of(*order[: number + 1])
        row: dict[str, object] = {
            "counted": ("+ " if number else "") + resource,
            "bases": int((table.bases["resource"] == resource).sum()),
            "persons_first": float(persons[first == resource].sum()),
        }
        rows.append(row | _figures(chosen, persons, limit, classes, weather))
    if asked.service == "response" and any("doctor" in one.gives for one in study.config.resources.values()):
        doctor = reach(study, "doctor")
        with_doctor = np.isin(first, doctor.bases["resource"].to_numpy(dtype=object))
        first_to = float(persons[with_doctor].sum())
        row = {"counted": "doctor", "bases": len(doctor.bases), "persons_first": first_to}
        rows.append(row | _figures(doctor, persons, limit, classes, weather))
    return pd.DataFrame(rows)


def class_limits(study: Study, service: Service) -> FloatArray:
    """(n_demand,) threshold of each demand point by its municipality's class; NaN without one."""
    section = service_section(study.config, service)
    if section.urban_min is None or section.rural_min is None:
        return np.full(len(study.demand), np.nan)
    urban = study.municipalities.set_index("municipality_code")["urban"]
    is_urban = urban.loc[study.demand["municipality_code"]].to_numpy(dtype=bool)
    return np.where(is_urban, section.urban_min, section.rural_min)


def _figures(
    table: Reach, persons: FloatArray, limit: float, classes: FloatArray, weather: Weather
) -> dict[str, object]:
    quickest, total = table.quickest_min, float(persons.sum())
    told = summarise(quickest, persons)
    known = bool(np.isfinite(classes).all())
    found: dict[str, object] = {
        **{name: told[name] for name in ("mean_min", "p90_min", "worst_min")},
        "share_in_class": float(persons[quickest <= classes].sum()) / total if known else np.nan,
        "share_in_limit": persons_within(quickest, persons, limit) / total,
    }
    seasons: tuple[Season, ...] = ("summer", "winter")
    for season in seasons:
        come = table.arrivals(season)
        in_class = weighted_mean(come.within(classes), persons) if known else np.nan
        found |= {
            f"share_in_class_{season}": in_class,
            f"share_in_limit_{season}": weighted_mean(come.within(limit), persons),
            f"share_kept_{season}": persons_within(come.percentile(weather.share), persons, limit) / total,
        }
    return found | {"persons_unreachable": persons_unreachable(quickest, persons)}


def region_figures(points: pd.DataFrame, persons: FloatArray, limit: float) -> dict[str, float]:
    """What a region can count on: mean of ``expected_min``, persons kept within the limit, time that is late.

    Args:
        points: columns of :func:`who_comes`.
        persons: (n,) weights.
        limit: minutes within which somebody should be there.
    """
    return {
        "expected_min": weighted_mean(points["expected_min"], persons),
        "share_kept": persons_within(points["kept_min"], persons, limit) / float(persons.sum()),
        "share_late": weighted_mean(points["share_late"], persons),
    }
