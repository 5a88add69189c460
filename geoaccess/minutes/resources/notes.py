"""What a reader of any answer on resources must know: figures, how sure they are, who is missing."""

from __future__ import annotations

from geoaccess.minutes.resources.bases import is_grounded, resources_of
from geoaccess.study import Study
from geoaccess.study.names import kind_words, scenario_name
from geoaccess.study.resource_sections import Resource, Service, bases_of, group_of
from geoaccess.words.note import Note, study_text

#: Figure -> the keys that its sentence tells.
_TOLD = {
    "speed": ("speed_kph",),
    "land": ("land_min",),
    "range": ("range_km",),
    "runway": ("runway_m",),
    "transfer": ("transfer_min",),
    "ashore": ("ashore_max_km", "ashore_speed_kph"),
}


def figures_told(resource: Resource) -> list[Note]:
    """The figures of a resource in words, each with how sure it is."""
    leaves = resource.mobilise_min
    night = leaves.station if leaves.night is None else leaves.night
    code = "resource.mobilise" if night == leaves.station else "resource.mobilise_night"
    sure = Note(f"confidence.{resource.mobilise_confidence}")
    notes = [Note(code, minutes=leaves.station, night=night, sure=sure)]
    for name, keys in _TOLD.items():
        confidence = getattr(resource, f"{name}_confidence")
        values = {key: getattr(resource, key) for key in keys}
        if confidence is not None and None not in values.values():
            notes.append(Note(f"resource.{name}", **values, sure=Note(f"confidence.{confidence}")))
    if resource.regularity:
        sure = Note(f"confidence.{resource.regularity_confidence}")
        notes.append(Note("resource.regularity", **resource.regularity, sure=sure))
    return notes


def resource_note(study: Study, name: str, resource: Resource) -> Note:
    """The figures of a resource as one sentence; its kind is told by the first of its kinds of bases."""
    kind = kind_words(study, bases_of(name, resource)[0])
    return Note("note.resource", kind=kind, figures=figures_told(resource))


def service_notes(study: Study, service: Service) -> list[Note]:
    """Who is counted of those who give a service: their figures, what their tables lack, who is grounded."""
    chosen = resources_of(study, service)
    notes = [resource_note(study, name, one) for name, one in chosen.items()]
    kinds = [study.kind(kind) for name, one in chosen.items() for kind in bases_of(name, one)]
    notes += [study_text(kind, "limits") for kind in kinds if kind.limits]
    groups = sorted({group_of(name, one) for name, one in chosen.items() if one.regularity})
    if groups:
        notes.append(Note("note.weather_groups", groups=groups))
    grounded = [
        kind_words(study, bases_of(name, one)[0]) for name, one in chosen.items() if is_grounded(study, name)
    ]
    if grounded:
        notes.append(Note("note.grounded", kinds=grounded, scenario=scenario_name(study, study.scenario)))
    return notes
