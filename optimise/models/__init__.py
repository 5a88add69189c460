"""The placement models, by the names that people type."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from optimise.errors import Fault, ProblemError, UnknownModelError
from optimise.models.base import Model
from optimise.models.pmedian import PMedian

#: Every model by name.
MODELS: dict[str, type[Model]] = {model.name: model for model in (PMedian,)}


def make_model(model: str | Model, options: dict[str, Any]) -> Model:
    """The model of that name with its parameters set.

    Raises:
        UnknownModelError: no model has that name.
        ProblemError: a parameter that the model does not have, or lacks.
    """
    if isinstance(model, Model):
        if options:
            raise ProblemError(f"set {', '.join(options)} on the model itself, not beside it")
        return model
    if model not in MODELS:
        raise UnknownModelError(f"no model is called {model!r}; choose from {', '.join(MODELS)}")
    kind = MODELS[model]
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    unknown = [name for name in options if name not in known]
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise ProblemError(
            [Fault(f"is not a parameter of {model}; it has: {allowed}", name) for name in unknown]
        )
    return kind(**options)
