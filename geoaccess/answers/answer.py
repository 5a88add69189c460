"""Run folders of the main commands: which tables, which facts, which map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.columns import dictionary
from geoaccess.answers.folder import (
    RUN_FILE,
    command_line,
    provenance,
    to_json,
    write_folder,
    write_layers,
    write_table,
)
from geoaccess.answers.links import closures_table, study_links
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.placement import PlacementResult
from geoaccess.questions.registry import draw_map
from geoaccess.study import Study
from geoaccess.study.schema import Kind
from networks.errors import Fault

#: Version of the layout of a run folder; a newer one is refused.
RUN_FORMAT = 1
LAYERS_FILE = "results.gpkg"
MAP_FILE = "map.html"
DICTIONARY_FILE = "dictionary.csv"


@dataclass(frozen=True, eq=False)
class Run:
    """Everything that a run folder holds, in memory.

    Attributes:
        kind: the command that made it: ``access``, ``place``, ``demo``, or that of another question.
        facts: what ``run.json`` says beside the provenance: study, figures, proof, notes.
        tables: file stem -> table.
        inputs: files that the run was made from.
        started: when the run began.
    """

    kind: str
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    inputs: tuple[Path, ...] = ()
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def save(self, target: Path, *, overwrite: bool = False, replaces: str = "") -> Path:
        """Write the run folder, whole or not at all.

        Raises:
            OutputError: the folder exists and may not be replaced, or cannot be written.
        """
        return write_folder(target, self._fill, overwrite=overwrite, replaces=replaces)

    def _fill(self, folder: Path) -> None:
        layers = {}
        for name, table in self.tables.items():
            write_table(table, folder / f"{name}.csv")
            write_table(table, folder / f"{name}.parquet")
            if {"lon", "lat"} <= set(table.columns):
                layers[name] = table
        write_layers(layers, folder / LAYERS_FILE)
        write_table(dictionary(self.tables), folder / DICTIONARY_FILE)
        draw_map(self.facts, self.tables, folder / MAP_FILE)
        run = {
            "format": RUN_FORMAT,
            "kind": self.kind,
            **provenance(command_line(), inputs=self.inputs, started=self.started),
            **self.facts,
            "tables": {name: list(table.columns) for name, table in self.tables.items()},
        }
        (folder / RUN_FILE).write_text(to_json(run) + "\n", encoding="utf-8")


def load_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        DataError: it is no run folder, of a newer version, or a table is missing.
    """
    file = folder / RUN_FILE
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError([Fault(f"is not a run folder: {error}", where=str(folder))]) from error
    if facts.get("format") != RUN_FORMAT:
        found = facts.get("format")
        raise DataError([Fault(f"run format {found!r}; this program reads {RUN_FORMAT}", where=str(file))])
    faults: list[Fault] = []
    tables = {}
    for name in facts["tables"]:
        table = _read_table(folder / f"{name}.parquet", faults)
        if table is not None:
            tables[name] = table
    if faults:
        raise DataError(faults)
    return Run(kind=facts["kind"], facts=facts, tables=tables)


def _read_table(path: Path, faults: list[Fault]) -> pd.DataFrame | None:
    """A table of a run as it was: in CSV, a place named NA would be nothing."""
    if not path.is_file():
        faults.append(Fault("the run's table is missing", where=str(path)))
        return None
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        faults.append(Fault(f"cannot be read: {error}", where=str(path)))
        return None


def in_both_languages(section: object, *names: str) -> dict[str, str]:
    """Texts of the study file, each with its bokmål (``title_nb``) where the file tells it."""
    told = {}
    for name in names:
        told[name] = str(getattr(section, name, "") or "")
        bokmal = str(getattr(section, f"{name}_nb", "") or "")
        if bokmal:
            told[f"{name}_nb"] = bokmal
    return told


def study_facts(study: Study) -> dict[str, Any]:
    """What a reader of any result must know of the study."""
    about = study.config.study
    boundaries = study.config.municipalities.boundaries
    return {
        "study": about.name,
        **in_both_languages(about, "title", "notice"),
        "sources": list(about.sources),
        "year": about.year,
        "weights": list(study.weights),
        "kinds": {
            name: {
                **in_both_languages(kind, "label"),
                **_plural(kind),
                "thresholds_min": kind.thresholds_min,
            }
            for name, kind in study.config.kinds.items()
        },
        "scenario_titles": {
            name: in_both_languages(scenario, "title") for name, scenario in study.config.scenarios.items()
        },
        "boundaries": str((study.folder / boundaries).resolve()) if boundaries else "",
        "boundaries_code": study.config.municipalities.boundaries_code,
    }


def _plural(kind: Kind) -> dict[str, str]:
    """The plural of a kind: what the study tells, else its singular, in each language."""
    told = in_both_languages(kind, "plural")
    told["plural"] = told["plural"] or kind.label
    if kind.label_nb:
        told.setdefault("plural_nb", kind.label_nb)
    return told


def access_run(study: Study, table: Accessibility) -> Run:
    """The run of ``geoaccess access``."""
    kinds = list(dict.fromkeys(table.nearest["kind"]))
    scenarios = list(dict.fromkeys(table.nearest["scenario"].astype(str)))
    facilities = study.facilities[study.facilities["kind"].isin(kinds)]
    return Run(
        kind="access",
        facts={
            **study_facts(study),
            "weight": table.weight,
            "by": table.by,
            "region": table.region,
            "closed_facilities": {name: _closed_facilities(study, name) for name in scenarios},
            "notes": table.notes,
        },
        tables={
            "nearest": table.nearest,
            "groups": table.rows,
            "region": table.region,
            "facilities": facilities.reset_index(drop=True),
            "municipalities": study.municipalities,
            "links": study_links(study),
            "closures": closures_table(study, scenarios),
        },
        inputs=study.files,
    )


def _closed_facilities(study: Study, scenario: str) -> list[str]:
    """Ids of the facilities that a scenario closes."""
    here = set(study.in_state(scenario=scenario).facilities["facility_id"].astype(str))
    return sorted(set(study.facilities["facility_id"].astype(str)) - here)


def placement_run(result: PlacementResult) -> Run:
    """The run of ``geoaccess place``."""
    return Run(
        kind="place",
        facts={
            **study_facts(result.study),
            "place": {**result.to_dict(), **in_both_languages(result.question, "title")},
            "weight": result.question.weight,
            "notes": result.notes,
        },
        tables={
            "sites": result.sites,
            "placement": result.demand,
            "placement_municipalities": result.municipalities,
            "municipalities": result.study.municipalities,
            "links": study_links(result.study.in_state(scenario=result.scenario)),
        },
        inputs=result.study.files,
    )


def demo_run(study: Study, table: Accessibility, placed: PlacementResult) -> Run:
    """The run of ``geoaccess demo``: access and placement together."""
    first, second = access_run(study, table), placement_run(placed)
    notes = tuple(dict.fromkeys([*table.notes, *placed.notes]))
    return Run(
        kind="demo",
        facts={**first.facts, **second.facts, "notes": notes},
        tables={**first.tables, **second.tables},
        inputs=study.files,
    )


def save_access_run(study: Study, table: Accessibility, target: Path, *, overwrite: bool = False) -> Path:
    """Write the run folder of ``geoaccess access``."""
    return access_run(study, table).save(target, overwrite=overwrite)


def save_placement_run(result: PlacementResult, target: Path, *, overwrite: bool = False) -> Path:
    """Write the run folder of ``geoaccess place``."""
    return placement_run(result).save(target, overwrite=overwrite)


def save_demo_run(
    study: Study, table: Accessibility, placed: PlacementResult, target: Path, *, overwrite: bool = False
) -> Path:
    """Write the run folder of ``geoaccess demo``; an earlier demo in the same place is replaced."""
    return demo_run(study, table, placed).save(target, overwrite=overwrite, replaces="demo")


def demo_result(study: Study, table: Accessibility, placed: PlacementResult) -> dict[str, Any]:
    """The JSON of ``geoaccess demo``."""
    return {
        "study": study.name,
        "notice": study.config.study.notice,
        "weight": table.weight,
        "region": table.region,
        "rows": table.rows,
        "place": placed.to_dict(),
    }
