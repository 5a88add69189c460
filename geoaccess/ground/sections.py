"""What every table of a configuration file obeys: known keys, figures that are figures, no change later."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class StrictSection(BaseModel):
    """A table of a configuration file.

    Unknown keys are refused, and so are NaN and infinity wherever a figure stands, and ``true`` and ``false``
    for a figure: TOML knows them all, and each would become a number without a word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _truth_is_no_figure(cls, values: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        """Turn the truths that stand for figures into texts, which the fields refuse in their own place."""
        if not isinstance(values, dict):
            return values
        figures = _figures_of(cls)
        return {name: _as_texts(value) if name in figures else value for name, value in values.items()}


@cache
def _figures_of(section: type[BaseModel]) -> frozenset[str]:
    """Names of the fields that hold figures."""
    return frozenset(name for name, field in section.model_fields.items() if _is_figure(field.annotation))


def _as_texts(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return [_as_texts(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_texts(item) for name, item in value.items()}
    return value


def _is_figure(annotation: Any) -> bool:  # noqa: ANN401
    """Whether a type holds figures, and neither texts nor truths nor tables of their own."""
    parts = _parts(annotation)
    return (
        bool({float, int} & parts)
        and bool not in parts
        and parts <= {float, int, str, type(None)}
        and (str not in parts or _is_table_of_figures(annotation))
    )


def _is_table_of_figures(annotation: Any) -> bool:  # noqa: ANN401
    """Names and figures: a dictionary whose keys are the only texts."""
    arguments = get_args(annotation)
    return len(arguments) == 2 and arguments[0] is str and str not in _parts(arguments[1])


def _parts(annotation: Any) -> set[Any]:  # noqa: ANN401
    arguments = [part for part in get_args(annotation) if isinstance(part, type) or get_args(part)]
    if not arguments:
        return {annotation}
    return set().union(*map(_parts, arguments))
