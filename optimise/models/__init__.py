"""The placement models, by the names that people type."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from optimise.errors import Fault, ProblemError, UnknownModelError
from optimise.models.base import Model
from optimise.models.busy import MALP, MEXCLP
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.center import PartialPCenter, PCenter
from optimise.models.covering import LSCP, MCLP
from optimise.models.dispersion import AntiCover, PDispersion
from optimise.models.fairness import Gini, MeanDifference
from optimise.models.fixed_charge import FixedCharge
from optimise.models.group_welfare import GroupIsoElastic
from optimise.models.leximin import LexicographicMinimax
from optimise.models.pmedian import PMedian, Relocation
from optimise.models.survival import MaximalSurvival
from optimise.models.tail import TailMean
from optimise.models.welfare import IsoElastic, KolmPollak
from optimise.running import meant
from optimise.sentences import Sentence

#: Every model by name.
MODELS: dict[str, type[Model]] = {
    model.name: model
    for model in (
        PMedian,
        Relocation,
        PCenter,
        PartialPCenter,
        LexicographicMinimax,
        MCLP,
        LSCP,
        MEXCLP,
        MALP,
        MaximalSurvival,
        CapacitatedPMedian,
        FixedCharge,
        AntiCover,
        PDispersion,
        TailMean,
        MeanDifference,
        Gini,
        IsoElastic,
        GroupIsoElastic,
        KolmPollak,
    )
}


def make_model(model: str | Model, options: dict[str, Any]) -> Model:
    """The model of that name with its parameters set.

    Raises:
        UnknownModelError: no model has that name.
        ProblemError: a parameter that the model does not have.
    """
    if isinstance(model, Model):
        if options:
            raise ProblemError(
                Sentence(
                    "opt.fault.on_the_model",
                    "set {options} on the model itself, not beside it",
                    options=tuple(options),
                )
            )
        return model
    if model not in MODELS:
        raise UnknownModelError(
            Sentence(
                "opt.fault.no_model",
                "no model is called {model!r}{meant}; choose from {models}",
                model=model,
                meant=meant(str(model), MODELS),
                models=tuple(MODELS),
            )
        )
    kind = MODELS[model]
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    unknown = [name for name in options if name not in known]
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise ProblemError(
            [
                Fault(
                    Sentence(
                        "opt.fault.no_parameter",
                        "is not a parameter of {model}{meant}; it has: {allowed}",
                        model=model,
                        meant=meant(name, known),
                        allowed=allowed,
                    ),
                    name,
                )
                for name in unknown
            ]
        )
    return kind(**options)
