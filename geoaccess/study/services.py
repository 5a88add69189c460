"""Services that resources give, as a question names them: response, doctor, and transport to a kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from geoaccess.study.resource_sections import Service, ServiceSection
from geoaccess.study.schema import Kind, StudyConfig

#: Transport is asked for as ``transport-to-akuttmottak``, also with a space or colon, or without "to".
_TRANSPORT = "transport"
_LABELS: dict[Service, tuple[str, str]] = {
    "response": (
        "help at the patient, whoever comes first",
        "hjelp hos pasienten, uansett hvem som kommer først",
    ),
    "doctor": ("a doctor at the patient", "lege hos pasienten"),
    "transport": ("transport to hospital", "transport til sykehus"),
}
#: Thresholds where the study states none: those of the guidance and of the white paper on doctors.
_THRESHOLDS: dict[Service, tuple[float, ...]] = {
    "response": (12.0, 25.0, 45.0),
    "doctor": (45.0,),
    "transport": (60.0, 120.0, 180.0),
}


class Asked(NamedTuple):
    """A service as it was asked for: ``to`` is the kind where transport ends, else empty."""

    service: Service
    to: str


def asked_service(name: str) -> Asked | None:
    """The service that a name means; None for what is none."""
    if name == "response":
        return Asked("response", "")
    if name == "doctor":
        return Asked("doctor", "")
    head, _, rest = re.sub(r"[\s:]+", "-", name.strip()).partition("-")
    to = rest.lstrip("-").removeprefix("to-").lstrip("-")
    return Asked("transport", to) if head == _TRANSPORT and to else None


def canonical(name: str) -> str:
    """The one name of a service, and any other name as it is."""
    asked = asked_service(name)
    if asked is None:
        return name
    return f"transport-to-{asked.to}" if asked.to else asked.service


def service_names(config: StudyConfig) -> list[str]:
    """The services that a study's resources give, as they are asked for; transport with KIND for its end."""
    given = {service for one in config.resources.values() for service in one.gives}
    named: dict[Service, str] = {
        "response": "response",
        "doctor": "doctor",
        "transport": f"{_TRANSPORT}-to-KIND",
    }
    return [name for service, name in named.items() if service in given]


def service_section(config: StudyConfig, service: Service) -> ServiceSection:
    """What the study file says of a service, with the usual names and thresholds where it is silent."""
    said = config.services.get(service, ServiceSection())
    english, bokmal = _LABELS[service]
    return said.model_copy(
        update={
            "label": said.label or english,
            "label_nb": said.label_nb or bokmal,
            "thresholds_min": said.thresholds_min or _THRESHOLDS[service],
        }
    )


def service_kind(config: StudyConfig, name: str, facilities: Mapping[str, str] | None = None) -> Kind | None:
    """A service as a kind that tables, maps and reports tell of; None for what is none in this study.

    Args:
        config: the study file.
        name: the service as it was asked for.
        facilities: id -> name of the facilities where transport may end beside whole kinds.
    """
    asked, places = asked_service(name), facilities or {}
    if asked is None or not config.resources:
        return None
    if asked.to and asked.to not in config.kinds and asked.to not in places:
        return None
    section = service_section(config, asked.service)
    label, label_nb = section.label, section.label_nb
    if asked.to in places and asked.to not in config.kinds:
        label, label_nb = f"transport to {places[asked.to]}", f"transport til {places[asked.to]}"
    elif asked.to:
        end = config.kinds[asked.to]
        label, label_nb = f"transport to {end.label}", f"transport til {end.label_nb or end.label}"
    return Kind(
        label=label,
        label_nb=label_nb,
        plural=label,
        plural_nb=label_nb,
        thresholds_min=section.thresholds_min,
        threshold_source=section.threshold_source,
    )
