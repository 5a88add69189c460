"""What a reader of any answer must know of its study: names, sources and kinds, in every language told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geoaccess.answers.links import study_links
from geoaccess.study import Study
from geoaccess.study.resource_sections import bases_of
from geoaccess.study.schema import Kind
from geoaccess.study.services import service_kind
from geoaccess.words.catalogue import texts
from geoaccess.words.locales import LANGUAGES


def in_both_languages(section: object, *names: str) -> dict[str, str]:
    """Texts of the study file, each with its bokmål (``title_nb``) where the file tells it."""
    told = {}
    for name in names:
        told[name] = str(getattr(section, name, "") or "")
        bokmal = str(getattr(section, f"{name}_nb", "") or "")
        if bokmal:
            told[f"{name}_nb"] = bokmal
    return told


def title_of(told: Mapping[str, Any]) -> dict[str, str]:
    """The title of what facts tell, by language; empty where they tell none."""
    english = str(told.get("title") or "")
    own = {language: str(told.get(f"title_{language}") or "") for language in LANGUAGES}
    return {language: own[language] or english for language in LANGUAGES} if english else {}


def scenario_of(facts: Mapping[str, Any], name: str) -> dict[str, str]:
    """A state of the world by language, as a heading or a cell has room for it: its title up to a colon."""
    title = title_of(facts.get("scenario_titles", {}).get(name, {}))
    title = title or {language: texts(language).get(f"scenario.{name}", name) for language in LANGUAGES}
    return {language: text.partition(": ")[0] for language, text in title.items()}


def study_facts(study: Study) -> dict[str, Any]:
    """What a reader of any result must know of the study."""
    about = study.config.study
    boundaries, land = study.config.municipalities.boundaries, study.config.network.land
    return {
        "study": about.name,
        **in_both_languages(about, "title", "notice"),
        "sources": list(about.sources),
        "year": about.year,
        "year_is_said": "year" in about.model_fields_set,
        "groups": list(study.config.municipalities.groups),
        "group_values": _group_values(study),
        "weights": list(study.weights),
        "kinds": {
            name: {
                **in_both_languages(kind, "label"),
                **_plural(kind),
                "thresholds_min": kind.thresholds_min,
            }
            for name, kind in {**study.config.kinds, **_services(study)}.items()
        },
        "service_bases": service_bases(study),
        "scenario_titles": {
            name: in_both_languages(scenario, "title") for name, scenario in study.config.scenarios.items()
        },
        "boundaries": str((study.folder / boundaries).resolve()) if boundaries else "",
        "boundaries_code": study.config.municipalities.boundaries_code,
        "land": str((study.folder / land).resolve()) if land else "",
        **_map_names(study),
    }


def _map_names(study: Study) -> dict[str, list[dict[str, Any]]]:
    """What maps name besides the places: they go with the run, whose map may be drawn elsewhere."""
    if study.map_names.empty:
        return {}
    texts = study.map_names[["name", "name_nb", "name_en", "kind"]].fillna("").astype(str)
    numbers = study.map_names[["lon", "lat", "from_zoom"]].astype(float).fillna({"from_zoom": 0.0})
    rows = pd.concat([texts, numbers], axis=1).to_dict("records")
    return {"map_names": [{str(key): value for key, value in row.items()} for row in rows]}


def _group_values(study: Study) -> dict[str, dict[str, str]]:
    """Group column -> id -> name, for columns of facilities such as the local hospital."""
    names = dict(zip(study.facilities["facility_id"].astype(str), study.facilities["name"], strict=True))
    found = {}
    for column in study.config.municipalities.groups:
        values = study.municipalities[column].astype(str).unique()
        if all(value in names for value in values):
            found[column] = {value: str(names[value]) for value in values}
    return found


def _services(study: Study) -> dict[str, Kind]:
    """What resources give, as kinds that a reader is told of."""
    config = study.config
    names = ["response", "doctor", *(f"transport-to-{kind}" for kind in config.kinds)]
    return {name: kind for name in names if (kind := service_kind(config, name)) is not None}


def service_bases(study: Study) -> dict[str, list[str]]:
    """Service -> kinds of the bases of those who give it; none in a study without resources."""
    return {
        service: [
            kind
            for name, one in study.config.resources.items()
            if service in one.gives
            for kind in bases_of(name, one)
        ]
        for service in (("response", "doctor") if study.config.resources else ())
    }


def _plural(kind: Kind) -> dict[str, str]:
    """The plural of a kind: what the study tells, else its singular, in each language."""
    told = in_both_languages(kind, "plural")
    told["plural"] = told["plural"] or kind.label
    if kind.label_nb:
        told.setdefault("plural_nb", kind.label_nb)
    return told


def network_tables(state: Study) -> dict[str, pd.DataFrame]:
    """The links of a study in its state."""
    return {"links": study_links(state)}


def none_known(study: Study, kinds: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The table ``none_known``: municipalities in which no service of a kind is known; none where all are.

    Their minutes are to the nearest service known elsewhere, and must not be shown without that word.
    """
    rows = [(str(code), kind) for kind in kinds for code in study.unknown_in(kind)]
    return {"none_known": pd.DataFrame(rows, columns=["municipality_code", "kind"])} if rows else {}


def pairs_none_known(table: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Municipality code and kind of every row of the table ``none_known``; empty without one."""
    if table.empty:
        return frozenset()
    return frozenset(zip(table["municipality_code"].astype(str), table["kind"].astype(str), strict=True))
