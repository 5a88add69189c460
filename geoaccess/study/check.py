"""``study check``: is the study whole, plausible and sourced? Every fault is found, none is mended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.tables import figures, read_frame
from geoaccess.study.check_places import check_boundaries, check_land
from geoaccess.study.check_reach import check_coverage, check_reach
from geoaccess.study.check_report import Report, demand_file, names_told
from geoaccess.study.lengths import straight_km, too_short
from geoaccess.study.load import LINK_TABLES, load_study
from geoaccess.study.model import Study
from geoaccess.study.names import scenario_name
from geoaccess.study.plausible import FAR_KM, NEAR_KM, WATER_KM, joined_past_nearer, near_and_far
from geoaccess.words.figures import percent
from geoaccess.words.note import Note, fault_note, sentence_of, weight_words, word
from networks import NetworkDataError
from networks.errors import Fault, UnknownPlaceError

#: A road may be this many times the straight line before it must be explained.
MOST_DETOUR = 2.5
#: Ferries slower or faster than this are suspect, km/h.
FERRY_SPEED_RANGE_KPH = (5.0, 60.0)


def check_study(study: str | Path, *, boundaries: Path | None = None) -> Report:
    """Check a study; a fault that keeps it from being read ends the check early.

    Args:
        study: name or path.
        boundaries: polygons of the municipalities; default: those the study names.

    Raises:
        UnknownNameError: there is no such study.
        DataError: the boundary file cannot be read.
    """
    report = Report()
    try:
        loaded = load_study(study)
        network = loaded.network
    except (DataError, NetworkDataError) as error:
        report.add("tables", list(error.faults), "the study cannot be read")
        return report
    report.add(
        "tables",
        [],
        Note("check.tables", n_files=len(loaded.files), n_nodes=network.n_nodes, n_edges=network.n_edges),
    )
    report.warnings += loaded.notes
    _check_populations(loaded, report)
    _check_sources(loaded, report)
    if loaded.config.network.links:
        folder = loaded.folder / loaded.config.network.links
        report.add("no link shorter than the straight line", too_short(network, folder), "roads and ferries")
        _check_detours(loaded, report)
        _check_ferries(loaded, report)
        _check_joined(loaded, report)
        _check_apart(loaded, report)
    check_reach(loaded, report)
    check_coverage(loaded, report)
    _check_scenarios(loaded, report)
    check_land(loaded, report)
    check_boundaries(loaded, report, boundaries)
    return report


def _check_populations(study: Study, report: Report) -> None:
    faults, told = [], []
    codes = study.demand["municipality_code"]
    for weight in study.config.municipalities.totals:
        lived = study.demand.groupby(codes)[weight].sum()
        for row in study.municipalities.itertuples():
            total, found = getattr(row, f"{weight}_total"), float(lived.get(row.municipality_code, 0.0))
            if found != total:
                faults.append(
                    Fault(
                        Note(
                            "check.population",
                            municipality=row.name,
                            found=found,
                            weight=weight_words(weight),
                            total=total,
                        ),
                        where=demand_file(study),
                        row=str(row.municipality_code),
                    )
                )
        told.append(Note("check.weight", persons=study.demand[weight].sum(), weight=weight_words(weight)))
    report.add("populations equal municipal totals", faults, names_told(told) or "no totals given")


def _check_sources(study: Study, report: Report) -> None:
    config = study.config
    names = [config.municipalities.table, *(table.table for table in config.facilities)]
    names += [config.demand.table] if config.demand.table else []
    folder = config.network.links
    if folder:
        names += [str(Path(folder) / name) for name in LINK_TABLES]
    faults, told = [], []
    for name in names:
        frame = read_frame(study.folder / name)
        if "source" not in frame:
            faults.append(Fault("the table has no column of sources", where=name, column="source"))
            continue
        blank = np.flatnonzero(frame["source"].astype(str).str.strip() == "")
        faults += [
            Fault("the row has no source", where=name, row=str(row + 2), column="source") for row in blank
        ]
        if "confidence" in frame:
            share = float((frame["confidence"] == "recalled").mean())
            told.append(Note("check.table_share", table=Path(name).stem, share=percent(share, 0)))
    report.add(
        "every row has a source", faults, Note("check.recalled", rows=names_told(told) or word("not told"))
    )


def _check_detours(study: Study, report: Report) -> None:
    roads = read_frame(study.folder / study.config.network.links / "roads.csv")
    circle_km = straight_km(study.network, roads)
    length_km = figures(roads, "length_km")
    ratio = length_km / np.where(circle_km > 0, circle_km, np.nan)
    explanation = roads.get("explanation", pd.Series("", index=roads.index)).astype(str).str.strip()
    odd = np.flatnonzero((ratio > MOST_DETOUR) & (explanation == "").to_numpy())
    faults = [
        Fault(
            Note(
                "check.detour",
                start=roads["from_node"].iloc[row],
                stop=roads["to_node"].iloc[row],
                ratio=ratio[row],
                circle_km=circle_km[row],
            ),
            where="roads.csv",
            row=str(row + 2),
            column="length_km",
            value=str(roads["length_km"].iloc[row]),
        )
        for row in odd
    ]
    explained = int(((ratio > MOST_DETOUR) & (explanation != "").to_numpy()).sum())
    found = Note("check.detours", median=np.nanmedian(ratio), explained=explained, most_detour=MOST_DETOUR)
    report.add("road detours", faults, found)


def _check_ferries(study: Study, report: Report) -> None:
    network = study.network
    ferry = network.labels["kind"].where("ferry")
    road_nodes = set(network.topology.tails[~ferry].tolist()) | set(network.topology.heads[~ferry].tolist())
    lived = {int(node) for node in study.demand_points.node.tolist() if node >= 0}
    ids, names = network.node_ids, network.labels["name"]
    faults = [
        Fault(
            Note("check.quay", name=names[int(edge)], quay=ids[node]),
            where="ferries.csv",
            row=network.labels["link_id"][int(edge)],
        )
        for edge in np.flatnonzero(ferry)
        for node in (int(network.topology.tails[edge]),)
        if node not in road_nodes and node not in lived
    ]
    sailing = np.flatnonzero(ferry & np.isfinite(network.moving_s) & (network.moving_s > 0))
    speed = network.length_m[sailing] / network.moving_s[sailing] * 3.6
    low, high = FERRY_SPEED_RANGE_KPH
    odd = sailing[np.flatnonzero((speed < low) | (speed > high))]
    report.warnings += sorted(
        {Note("check.ferry_speed", name=names[int(edge)], low=low, high=high) for edge in odd}
    )
    found = (
        Note("check.ferries", ferries=int(np.count_nonzero(ferry)) // 2, median=np.nanmedian(speed))
        if ferry.any()
        else "no ferries"
    )
    report.add("ferries join the network", faults, found)


def _check_joined(study: Study, report: Report) -> None:
    faults, told = joined_past_nearer(study)
    report.warnings += told
    found = Note("check.joined", n_facilities=len(study.facilities), n_told=len(told))
    report.add("services are joined to the nearest node", faults, found)


def _check_apart(study: Study, report: Report) -> None:
    pairs = near_and_far(study)
    dry = [pair for pair in pairs if pair.water_km < WATER_KM]
    report.warnings += [Note("check.apart", pair=pair.told()) for pair in dry]
    wet = [pair.told() for pair in pairs if pair.water_km >= WATER_KM]
    found = Note("check.near_and_far", near_km=NEAR_KM, far_km=FAR_KM, n_pairs=len(pairs))
    report.add(
        "near by air, far by road", [], Note("check.water_between", found=found, wet=wet) if wet else found
    )


def _check_scenarios(study: Study, report: Report) -> None:
    """Every scenario is put on the network: what it names must be there."""
    faults, told = [], []
    for name in study.config.scenarios:
        try:
            state = study.in_state(scenario=name)
        except (DataError, NetworkDataError) as error:
            faults += [
                Fault(fault_note(fault), where=Note("where.scenario", name=name)) for fault in error.faults
            ]
        except (UnknownNameError, UnknownPlaceError) as error:
            faults.append(Fault(sentence_of(error), where=Note("where.scenario", name=name)))
        else:
            changes = len(state.network.overlays) - len(study.network.overlays)
            told.append(Note("check.overlays_of", name=scenario_name(study, name), changes=changes))
    report.add(
        "scenarios", faults, Note("check.overlays", scenarios=names_told(told) or word("no scenarios"))
    )
