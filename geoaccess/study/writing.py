"""Writing a study file: every key of the schema with its description, those not used commented out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def toml_value(value: Any) -> str:  # noqa: ANN401 - any plain value
    """A plain value as TOML on one line.

    Raises:
        TypeError: neither text, number, truth value, list nor table.
    """
    if isinstance(value, str):
        # JSON escapes what TOML wants escaped, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_value(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    raise TypeError(f"no TOML value: {value!r}")


def toml_section(header: str, schema: type[BaseModel], values: Mapping[str, Any]) -> str:
    """A table of a study file: a line of description for every key, then the key.

    Keys that ``values`` leaves out stand as comments with their default. Keys that hold tables of their own
    are left to the caller.

    Args:
        header: with its brackets, as ``[study]`` or ``[[facilities]]``.
        schema: the table's schema.
        values: key -> value.
    """
    lines = [f"# {line}" for line in (schema.__doc__ or "").strip().splitlines()[:1]]
    lines.append(header)
    for name, field in schema.model_fields.items():
        if name in values:
            lines += [f"# {field.description}", f"{name} = {toml_value(values[name])}"]
        elif _is_plain(field):
            lines += [f"# {field.description}", f"#{name} = {toml_value(field.get_default())}"]
    return "\n".join(lines) + "\n"


def _is_plain(field: FieldInfo) -> bool:
    if field.is_required() or field.default_factory is not None:
        return False
    return isinstance(field.default, str | bool | int | float | tuple)
