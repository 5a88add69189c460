"""Questions of one scenario asked for several: each is answered, and their figures are set side by side.

``--scenario A --scenario B`` asks a command that answers in one scenario once for each of them. What each
answers is told in one table a figure, with a column a scenario, those rows first in which they differ most;
``--json`` has the answers whole, ``-o FOLDER`` a folder of each, which ``compare`` takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.output import Output, cells, collecting
from geoaccess.words.figures import percent
from geoaccess.words.note import Note, word

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.ground.arrays import IntArray

#: Rows that are shown of each table, unless it has hardly more.
_SHOWN = 12


@dataclass(frozen=True)
class Table:
    """One table of a result, and what of it stands side by side.

    Attributes:
        name: its name in the result of ``--json``; empty = the result itself, as one row.
        keys: columns that name a row, with their headings; ``{by}`` is the group that is asked for.
        figures: columns that are set side by side, with their headings.
    """

    name: str
    keys: Mapping[str, str]
    figures: Mapping[str, str]


def scenario_option(text: str = "Scenario of the study; given again: side by side.") -> Callable[[Any], Any]:
    """``--scenario`` of a command that answers in one scenario, see :class:`SideBySide`."""
    return click.option("--scenario", multiple=True, default=("base",), show_default=True, help=text)


def side_by_side(*tables: Table) -> type[click.Command]:
    """The class of a command whose callback takes one ``scenario``, and may be asked for several."""

    class Command(_SideBySide):
        beside = tables

    return Command


class _SideBySide(click.Command):
    beside: tuple[Table, ...] = ()

    def invoke(self, ctx: click.Context) -> Any:
        names = tuple(dict.fromkeys(ctx.params["scenario"])) or ("",)
        if len(names) == 1:
            ctx.params["scenario"] = names[0]
            return super().invoke(ctx)
        return self._each(ctx, names)

    def _each(self, ctx: click.Context, names: Sequence[str]) -> int:
        params = dict(ctx.params)
        target: Path | None = params.get("output")
        whole = target is None or not target.suffix
        alone = [name for name, value in params.items() if isinstance(value, Path) and name != "output"]
        if alone:
            raise click.UsageError(Note("error.beside.file", option=f"--{alone[0].replace('_', '-')}"))
        results: dict[str, Mapping[str, Any]] = {}
        codes, told = [0], dict[str, list[str]]()
        out = Output(json=bool(params.get("as_json")), quiet=bool(params.get("quiet")))
        for name in names:
            out.note(Note("say.beside.scenario", name=name))
            ctx.params = params | {"scenario": name}
            if "output" in params:
                ctx.params["output"] = target / name if target is not None and whole else None
            with collecting(ctx) as found:
                codes.append(int(super().invoke(ctx) or 0))
            results[name] = found.result
            for note in dict.fromkeys(found.notes):
                told.setdefault(note, []).append(name)
            if found.study is not None:
                out.learn(found.study)
        notes = _of_which(told, len(names))
        tables = [made for one in self.beside if (made := _beside(one, results)) is not None]
        if not tables:
            raise click.UsageError("this answer is told in one scenario: ask for each of them alone")
        for table, frame in tables:
            _show(out, table, frame, names)
        if target is not None and not whole:
            from geoaccess.ground.writing import write_table

            write_table(_long(tables), target)
            out.say(Note("say.written", path=str(target)))
        out.notes(notes)
        out.result(
            {
                "scenarios": list(names),
                "beside": _long(tables),
                "answers": dict(results),
                "notes": notes,
            }
        )
        return max(codes)


def _of_which(told: Mapping[str, Sequence[str]], scenarios: int) -> list[str]:
    """The notes of all scenarios; what is not said of all of them says of which it is."""
    return [
        note if len(of) == scenarios else Note("note.beside.of", scenarios=tuple(of), note=note)
        for note, of in told.items()
    ]


def _beside(table: Table, results: Mapping[str, Mapping[str, Any]]) -> tuple[Table, pd.DataFrame] | None:
    """A table with a row for each scenario and key, the first scenario first; None where it is not told."""
    import pandas as pd

    frames = []
    by = ""
    for name, result in results.items():
        by = str(result.get("by", by))
        rows = result.get(table.name) if table.name else [dict(result)]
        if rows is None:
            return None
        if isinstance(rows, Mapping):
            rows = [{"item": item, **values} for item, values in rows.items()]
        frames.append(pd.DataFrame(rows).assign(scenario=name))
    keys = {
        key.replace("{by}", by): heading.replace("{by}", by.replace("_", " "))
        for key, heading in table.keys.items()
    }
    whole = pd.concat(frames, ignore_index=True)
    figures = {name: heading for name, heading in table.figures.items() if name in whole}
    if not figures or not set(keys) <= set(whole.columns):
        return None
    kept = [*keys, "scenario", *figures]
    return replace(table, keys=keys, figures=figures), whole[list(dict.fromkeys(kept))]


def _long(tables: Sequence[tuple[Table, pd.DataFrame]]) -> pd.DataFrame:
    """All of it in one table: which table, its keys, scenario, figure, value."""
    import pandas as pd

    frames = []
    for table, frame in tables:
        for figure in table.figures:
            part = frame[[*table.keys, "scenario"]].assign(figure=figure, value=frame[figure].to_numpy())
            part.insert(0, "table", table.name or "answer")
            frames.append(part.astype({"value": object}))
    return pd.concat(frames, ignore_index=True)


def _show(out: Output, table: Table, frame: pd.DataFrame, names: Sequence[str]) -> None:
    states = {name: Note("text", text=out.scenario(name)) if name else "base" for name in names}
    if not table.keys:
        out.table(
            Note("say.beside.all"), {"figure": "figure", **states}, _as_rows(out, table, frame), digits=1
        )
        return
    for figure, heading in table.figures.items():
        wide = frame.pivot_table(
            index=list(table.keys),
            columns="scenario",
            values=figure,
            aggfunc="first",
            sort=False,
            dropna=False,
        )
        wide = wide.dropna(how="all").reindex(columns=list(names)).reset_index()
        same = _same(wide[list(names)])
        most = _SHOWN if len(wide) > _SHOWN else 0
        if most and same == len(wide):
            out.say(Note("say.beside.same", what=word(heading), rows=len(wide)))
            continue
        if most:
            wide = wide.iloc[_most_different(wide[list(names)])].reset_index(drop=True)
        for key in table.keys:
            if (wide[key] == "").any():  # the region among its groups
                wide[key] = cells(
                    wide, [name if name != "" else Note("say.beside.whole") for name in wide[key]]
                )
        if "share" in figure.split("_"):
            wide = wide.assign(**{name: cells(wide, map(_percent, wide[name])) for name in names})
        code = "say.beside.most" if most else "say.beside.table"
        title = Note(code, what=word(heading), **({"same": same, "rows": len(wide)} if most else {}))
        out.table(title, {**table.keys, **states}, wide, digits=1, most=most)


def _percent(share: object) -> str:
    """A share in per cent, with as many digits as two states may differ in."""
    return percent(float(share), 2) if isinstance(share, int | float) and not math.isnan(share) else "-"


def _as_rows(out: Output, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """One row a figure, of an answer that is one row itself."""
    import pandas as pd

    turned = frame.set_index("scenario")[list(table.figures)].T
    turned.insert(0, "figure", [out.told(heading) for heading in table.figures.values()])
    return pd.DataFrame(turned).reset_index(drop=True)


def _most_different(frame: pd.DataFrame) -> IntArray:
    """Positions of the rows, those first in which the scenarios differ most.

    What is known in one scenario and not in another differs most of all.
    """
    import numpy as np
    import pandas as pd

    numeric = frame.apply(pd.to_numeric, errors="coerce")
    unknown = numeric.isna()
    spread = (numeric.max(axis=1) - numeric.min(axis=1)).fillna(0.0)
    some = unknown.any(axis=1) & ~unknown.all(axis=1)
    order: IntArray = np.argsort(-np.where(some, np.inf, spread), kind="stable")
    return order


def _same(frame: pd.DataFrame) -> int:
    """Rows that are the same in all scenarios."""
    told = frame.map(lambda value: f"{value:.9g}" if isinstance(value, float) else str(value))
    return int((told.nunique(axis=1) == 1).sum())
