"""How the ferries of a study are timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from geoaccess.study.schema import StudyConfig
from networks import TravelNetwork
from networks.ferries import FerryConditions, FerryModel
from networks.overlays import Ferries

if TYPE_CHECKING:
    from geoaccess.study.model import Study


def ferry_conditions(config: StudyConfig) -> FerryConditions:
    """How ferries are timed in the base state of a study."""
    ferries = config.network.ferries
    return FerryConditions(
        model=ferries.model,
        wait_cap_min=ferries.wait_cap_min,
        boarding_min=ferries.boarding_min,
        default_headway_min=ferries.default_headway_min,
        unknown_night=ferries.unknown_night,
    )


def conditions_of(network: TravelNetwork, study: Study | None) -> FerryConditions:
    """How the network's ferries are timed: as its last overlay, else the study, else its builder says."""
    said = [overlay.conditions for overlay in network.applied if isinstance(overlay, Ferries)]
    if said:
        return said[-1]
    if study is not None:
        return ferry_conditions(study.config)
    built = network.provenance.get("ferry_model")
    models: tuple[FerryModel, ...] = get_args(FerryModel)
    return FerryConditions(model=next((model for model in models if model == built), "headway"))
