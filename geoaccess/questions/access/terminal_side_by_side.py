"""Beside each other in the terminal: scenarios and what they change, nearest and serving facility."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geoaccess.study.names import kind_words
from geoaccess.terminal.output import Output, cells
from geoaccess.words.figures import Figure, fixed
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.study import Study

#: A mean that changes by less than this many minutes is shown as unchanged.
_SHOWN_CHANGE_MIN = 0.05


def show_side_by_side(
    out: Output,
    study: Study,
    by: str,
    *,
    overlays: Sequence[Mapping[str, object]],
    changes: pd.DataFrame,
    stays: pd.DataFrame,
) -> None:
    """The overlays of each scenario, then per kind medians, changes, and what stays of the conclusions."""
    out.table("What makes the scenarios", {"scenario": "scenario", "change": "change"}, _made(overlays))
    for kind, rows in changes.groupby("kind", sort=False):
        label = kind_words(study, str(kind))
        scenarios = rows["scenario"].unique().tolist()
        against = str(rows["against"].iloc[0])
        columns = {by: by.replace("_", " "), "persons": "persons"}
        out.table(
            Note("say.access.medians", kind=label),
            columns | {name: Note("text", text=out.scenario(name)) for name in scenarios},
            _wide(rows, by, rows["median_min"].tolist()),
        )
        others = [name for name in scenarios if name != against]
        if others:
            out.table(
                Note("say.access.changes", kind=label, against=out.scenario(against)),
                columns | {name: Note("text", text=out.scenario(name)) for name in others},
                _wide(rows, by, [out.told(_change(row)) for row in rows.to_dict(orient="records")]),
            )
    out.table(
        Note("say.access.stays", group=out.told(by.replace("_", " "))),
        {
            "kind": "nearest",
            "scenario": "scenario",
            "worst": "worst off",
            "worst_kept": "of the ten worst still there",
            "rank_correlation": "rank correlation",
            "persons_other_facility": "persons with another nearest",
            "persons_unreachable": "unreachable",
        },
        stays.assign(rank_correlation=cells(stays, (fixed(value, 3) for value in stays["rank_correlation"]))),
    )


def show_serving(out: Output, study: Study, rows: pd.DataFrame) -> None:
    """The municipalities where some people's nearest facility is not the one that serves them."""
    for (kind, scenario), frame in rows.groupby(["kind", "scenario"], sort=False):
        differ = frame[frame["persons_elsewhere"] > 0].sort_values("persons_elsewhere", ascending=False)
        out.table(
            Note(
                "say.access.not_serving",
                kind=kind_words(study, str(kind)),
                scenario=out.scenario(str(scenario)),
            ),
            {
                "municipality": "municipality",
                "nearest_name": "nearest",
                "nearest_mean_min": "mean min",
                "serving_name": "serves",
                "serving_mean_min": "mean min there",
                "persons_elsewhere": "persons with another nearest",
                "persons": "persons",
            },
            differ,
        )
        out.say(Note("say.access.serving", others=len(frame) - len(differ)))


def _made(overlays: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """A row for each change of each scenario; what the first has, the others have too and do not repeat."""
    import pandas as pd

    first = list(overlays[0]["changes"])  # type: ignore[call-overload]
    rows = []
    for place, row in enumerate(overlays):
        changes = [one for one in row["changes"] if not place or one not in first]  # type: ignore[attr-defined]
        rows += [{"scenario": row["scenario"], "change": one} for one in changes or ["as the study has it"]]
    return pd.DataFrame(rows)


def _wide(rows: pd.DataFrame, by: str, told: Sequence[float] | Sequence[str]) -> pd.DataFrame:
    """One row per group, one column per scenario."""
    frame = rows.assign(told=list(told))
    table = frame.drop_duplicates([by, "scenario"]).pivot(index=[by, "persons"], columns="scenario")["told"]
    return table.loc[list(dict.fromkeys(zip(rows[by], rows["persons"], strict=True)))].reset_index()


def _change(row: Mapping[Hashable, Any]) -> str | Note:
    """``+12.3``, ``=`` where nobody's time changes, and whoever is no longer or newly reached."""
    mean = row["change_mean_min"]
    parts: list[str] = []
    if row["persons_gain"] or row["persons_lose"]:
        parts.append(Figure(f"{mean:+.1f}" if abs(mean) >= _SHOWN_CHANGE_MIN else "±0.0"))
    if row["persons_no_longer_reached"]:
        parts.append(Note("say.access.out", persons=row["persons_no_longer_reached"]))
    if row["persons_newly_reached"]:
        parts.append(Note("say.access.in", persons=row["persons_newly_reached"]))
    return Note("say.list", parts=parts) if parts else "="
