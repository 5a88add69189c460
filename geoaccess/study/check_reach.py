"""Who reaches what in a study, and where services are known at all."""

from __future__ import annotations

import numpy as np

from geoaccess.ground.joining import flag_sentences
from geoaccess.ground.measures import rows_by, summarise
from geoaccess.study.check_report import Report, demand_file, names_told
from geoaccess.study.model import Study
from geoaccess.words.figures import percent
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import Note, in_languages, listed, together
from networks import travel_time_matrix
from networks.errors import Fault

#: Names that a warning lists; the rest is counted.
_MOST_NAMES = 30


def check_reach(study: Study, report: Report) -> None:
    """Every municipality has people and reaches every kind that the study reports on."""
    faults, told = [], []
    persons = study.weight()
    codes = study.demand["municipality_code"].to_numpy(dtype=object)
    inhabited = study.municipalities["municipality_code"].isin(codes)
    faults += [
        Fault(Note("check.no_point", name=name), where=demand_file(study))
        for name in study.municipalities.loc[~inhabited, "name"]
    ]
    has_one = set(study.facilities["kind"])
    faults += [
        Fault(Note("check.no_facility", kind=_kind(study, kind)), where="facilities")
        for kind in study.report_kinds()
        if kind not in has_one
    ]
    for kind in filter(has_one.__contains__, study.report_kinds()):
        minutes = travel_time_matrix(
            study.network, study.demand_points, study.on_network(study.facilities_of(kind))
        )
        reached = np.asarray(np.isfinite(minutes).any(axis=1), dtype=bool)
        for row in study.municipalities[inhabited].itertuples():
            if not reached[codes == row.municipality_code].any():
                faults.append(
                    Fault(
                        Note("check.nobody_reaches", municipality=row.name, kind=_kind(study, kind)),
                        where="network",
                    )
                )
        lost = np.flatnonzero(~reached & (persons > 0))
        if len(lost):
            names = listed(study.demand["name"].iloc[lost].tolist(), _MOST_NAMES)
            report.warnings.append(
                Note("check.lost", persons=persons[lost].sum(), kind=_kind(study, kind), names=names)
            )
        share = persons[reached].sum() / persons.sum() if persons.sum() > 0 else np.nan
        told.append(Note("check.reached", kind=_kind(study, kind), share=percent(share, 2)))
    report.warnings += flag_sentences(study.demand_points, study.demand["name"].tolist(), persons)
    report.add("every municipality is reached", faults, names_told(told) or "no kinds to report on")


def check_coverage(study: Study, report: Report) -> None:
    """Coverage and facilities agree; far from a service and none known, a row may be missing."""
    rows, file = study.coverage, study.config.municipalities.coverage
    if rows.empty:
        report.skip("where services are known", "the study names no table of coverage")
        return
    faults, told, names = [], [], study.municipalities.set_index("municipality_code")["name"]
    for kind, said in rows.groupby("kind"):
        have = set(study.facilities.loc[study.facilities["kind"] == kind, "municipality_code"])
        known = dict(zip(said["municipality_code"], said["known"], strict=True))
        faults += [
            Fault(
                Note(
                    "check.coverage.has",
                    name=names[code],
                    kind=_kind(study, str(kind)),
                    known=known.get(code),
                ),
                file,
                str(code),
            )
            for code in sorted(have & set(names.index))
            if known.get(code) != "own"
        ]
        faults += [
            Fault(
                Note("check.coverage.has_no", name=names[code], kind=_kind(study, str(kind))),
                file,
                str(code),
                "known",
                word,
            )
            for code, word in known.items()
            if word == "own" and code not in have
        ]
        missing = study.unknown_in(str(kind))
        far = _far_from(study, str(kind), missing) if (study.facilities["kind"] == kind).any() else {}
        report.warnings += [
            Note("check.gap", name=names[code], kind=_kind(study, str(kind)), minutes=minutes)
            for code, minutes in far.items()
        ]
        told.append(Note("check.gaps", kind=_kind(study, str(kind)), n_missing=len(missing), n_far=len(far)))
    report.add("where services are known", faults, together(told))


def _far_from(study: Study, kind: str, codes: tuple[str, ...]) -> dict[str, float]:
    """Median minutes of the municipalities beyond the kind's longest threshold, farthest first."""
    minutes = travel_time_matrix(
        study.network, study.demand_points, study.on_network(study.facilities_of(kind))
    )
    best = np.nan_to_num(minutes, nan=np.inf).min(axis=1)
    best[np.isinf(best)] = np.nan
    rows, persons = dict(rows_by(study.demand["municipality_code"])), study.weight()
    nobody = np.zeros(0, dtype=np.int64)
    found = {
        code: float(summarise(best[own], persons[own], thresholds_min=())["median_min"])
        for code in codes
        for own in (rows.get(code, nobody),)
    }
    limit = study.kind(kind).thresholds_min[-1]
    return dict(sorted(((c, m) for c, m in found.items() if m > limit), key=lambda pair: -pair[1]))


def _kind(study: Study, name: str) -> dict[str, str]:
    """A kind as it is named in the tables; in other languages by its label."""
    return {**in_languages(study.kind(name), "label"), ENGLISH: name}
