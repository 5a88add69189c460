"""Access on the terminal: groups, equity, reach, which facility serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.access.weather import is_service, is_transport
from geoaccess.study import Study
from geoaccess.study.names import kind_words
from geoaccess.terminal.output import Output, cells
from geoaccess.words.figures import fixed, percent
from geoaccess.words.note import Note, in_languages, weight_words

_WORST_SHOWN = 10


#: Whether the worst off alone are shown, and whether somebody comes to people -> the heading's code.
_NEAREST = {
    (False, False): "say.access.nearest",
    (False, True): "say.access.nearest_fine",
    (True, False): "say.access.nearest_worst",
    (True, True): "say.access.nearest_worst_fine",
}


def show_access(out: Output, study: Study, table: Accessibility, *, worst_only: bool = False) -> None:
    """The region's figures per kind, then every group, or the groups worst off."""
    region = table.region.assign(service=table.region["kind"])
    out.table(
        Note(
            "say.access.region_fine"
            if any(_is_given(study, kind) for kind in table.kinds)
            else "say.access.region",
            title=in_languages(study.config.study, "title"),
            weight=weight_words(table.weight),
        ),
        {
            "service": "service",
            "scenario": "scenario",
            "median_min": "median min",
            "p90_min": "90th percentile min",
            "mean_min": "mean min",
            "persons": "persons",
            "persons_unreachable": "unreachable",
        },
        region,
    )
    for (kind, scenario), rows in table.rows.groupby(["kind", "scenario"], sort=False):
        ordered = _worst_first(rows)
        marked = "known" in ordered and bool((ordered["known"] != "").any())
        code = _NEAREST[worst_only, _is_given(study, str(kind))]
        out.table(
            Note(
                code,
                kind=kind_words(study, str(kind)),
                scenario=out.scenario(str(scenario)),
            ),
            {
                table.by: table.by.replace("_", " "),
                "median_min": "median min",
                "p90_min": "90th percentile min",
                "mean_min": "mean min",
                "persons": "persons",
                "persons_unreachable": "unreachable",
                **({"known": "in the tables"} if marked else {}),
            },
            ordered,
            most=_WORST_SHOWN if worst_only else 0,
        )


def _is_given(study: Study, kind: str) -> bool:
    """Whether resources give it: then these minutes are those of fine weather."""
    return is_service(study, kind) or is_transport(study, kind)


def show_equity(out: Output, study: Study, rows: Sequence[Mapping[str, object]]) -> None:
    """Who is within each threshold, per kind, and how unequally the minutes are spread."""
    every = pd.DataFrame(rows)
    for kind, frame in every.groupby("kind", sort=False):
        _show_reach(out, study, str(kind), frame)
    told = {
        f"told_{name}": cells(every, (fixed(value, digits) for value in every[name]))
        for name, digits in (("gini", 3), ("theil_between", 3), ("theil_within", 3), ("palma", 2))
    }
    aversions = {}
    if "atkinson" in every:
        told["told_atkinson"] = cells(every, (fixed(value, 3) for value in every["atkinson"]))
        told["told_kolm_pollak"] = cells(every, (fixed(value, 1) for value in every["kolm_pollak_min"]))
        told["told_price"] = cells(every, (fixed(value, 1) for value in every["inequality_price_min"]))
        aversions = {
            "told_atkinson": "Atkinson",
            "told_kolm_pollak": Note("equity.column.kolm_pollak"),
            "told_price": Note("equity.column.price"),
        }
    out.table(
        "How unequal it is among those who are reached (Theil between and within municipalities)",
        {
            "service": "nearest",
            "scenario": "scenario",
            "weight": "weight",
            "told_gini": "Gini",
            "told_theil_between": "Theil between",
            "told_theil_within": "Theil within",
            "told_palma": "Palma",
            "told_worst": "worst tenth bears",
            **aversions,
        },
        every.assign(
            **told,
            service=every["kind"],
            told_worst=cells(every, map(percent, every["worst_tenth_share"])),
        ),
    )


def _show_reach(out: Output, study: Study, kind: str, frame: pd.DataFrame) -> None:
    limits = {f"{threshold:g}": threshold for threshold in study.kind(kind).thresholds_min}
    told = {
        f"told_{name}": cells(
            frame,
            (
                Note("say.persons_share", persons=persons, share=share)
                for persons, share in zip(
                    frame[f"persons_within_{name}_min"], frame[f"share_within_{name}_min"], strict=True
                )
            ),
        )
        for name in limits
    }
    out.table(
        Note(
            "say.access.reach_fine" if _is_given(study, kind) else "say.access.reach",
            kind=kind_words(study, kind),
        ),
        {
            "scenario": "scenario",
            "weight": "weight",
            "persons": "persons",
            **{f"told_{name}": Note("say.within", limit=limit) for name, limit in limits.items()},
            "persons_unreachable": "unreachable",
        },
        frame.assign(**told),
    )


def show_served(out: Output, study: Study, by: str, rows: pd.DataFrame) -> None:
    """Which facility is nearest for how many persons of each group; one table per kind and scenario."""
    for (kind, scenario), frame in rows.groupby(["kind", "scenario"], sort=False):
        named = frame["facility_name"].where(frame["facility_id"] != "", out.told("(none is reached)"))
        out.table(
            Note(
                "say.access.served",
                kind=kind_words(study, str(kind)),
                group=out.told(by.replace("_", " ")),
                scenario=out.scenario(str(scenario)),
            ),
            {
                by: by.replace("_", " "),
                "facility": "nearest",
                "persons": "persons",
                "told_share": "share",
                "mean_min": "mean min",
            },
            frame.assign(facility=named, told_share=cells(frame, map(percent, frame["share"]))),
        )


def _worst_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Longest median first, the unreachable before all."""
    return rows.sort_values(["median_min", "mean_min"], ascending=False, na_position="first")
