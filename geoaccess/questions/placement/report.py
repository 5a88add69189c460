"""The part of a report that tells a placement: the answer, before and after, who gains, how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Figure, Headline, Paragraph, Quantity, Table
from geoaccess.words.figures import change, changes
from geoaccess.words.words import heading

if TYPE_CHECKING:
    from geoaccess.drawing.small_map import Marks

#: Roles of sites that people see: the others are candidates that were not taken.
_STANDING = ("existing", "required", "closed", "chosen")
#: The model whose objective is mean minutes per person.
_MEAN_MODEL = "p-median"
#: Width of the map of a placement, inches.
_MAP_IN = 6.5
_STATES = ("before", "after", "difference")
#: Limits of the classes of response times on maps, minutes.
TIME_BREAKS = (12, 25, 40, 60, 90)
_CLASS_SHARE = "share_within_class_threshold"
#: Measures of the times before and after, with the digits that they are told with.
_MEASURES = (("median", 1), ("p90", 1), ("mean", 2), ("worst", 0))


def headlines(m: Material) -> list[Headline]:
    """Mean before and after, and the share within the limit."""
    words, before, after = m.words, m.placed["before"], m.placed["after"]
    means = [
        words.minutes_of(figure(figures, "mean_min"), figure(figures, "persons"), 1)
        for figures in (before, after)
    ]
    if math.isfinite(figure(before, "mean_min")):
        told = words("headline.before_after", before=means[0], after=means[1])
        found = [Headline(told, words("headline.mean", time=m.time))]
    else:
        found = [
            Headline(words("headline.minutes", minutes=means[1]), words("headline.mean_after", time=m.time))
        ]
    if before.get(_CLASS_SHARE) is not None:
        shares = [words.percent(figures[_CLASS_SHARE]) for figures in (before, after)]
        found.append(
            Headline(
                words("headline.shares", before=shares[0], after=shares[1]),
                words("headline.class_share", the_people=words.everybody(weight(m)), limits=class_limits(m)),
            )
        )
    return found


def figure(figures: Mapping[str, Any], name: str) -> float:
    """A figure of the run; what it does not tell, or tells as null, is NaN."""
    value = figures.get(name)
    return math.nan if value is None else float(value)


def weight(m: Material) -> str:
    """The weight that the placement's figures are of: the one whose sum is the persons told."""
    total = figure(m.placed["before"], "persons")
    frame = m.table("placement")
    found = [name for name in m.weights if math.isclose(float(frame[name].sum()), total, rel_tol=1e-9)]
    return m.weight if m.weight in found or not found else found[0]


def class_limits(m: Material) -> str:
    """The limits of the response classes: ``12 or 25``."""
    limits = sorted(set(m.table("placement")["threshold_min"].dropna()))
    told = [m.words.number(limit) for limit in limits]
    return m.words("list.or", names=", ".join(told[:-1]), name=told[-1]) if len(told) > 1 else "".join(told)


def answer_sentence(m: Material) -> str:
    """The answer in a sentence: how many, and where."""
    chosen = m.placed["chosen"]
    if not chosen:
        return m.words("placement.none")
    return m.words.count(
        "placement.answer", len(chosen), places=m.words.joined([_place(m, site) for site in chosen])
    )


def _place(m: Material, site: Mapping[Any, Any]) -> str:
    """A site with its municipality, where its name does not say it."""
    name = str(site["name"])
    municipality = str(site.get("municipality") or m.municipality(site.get("municipality_code", "")))
    return name if municipality in name else m.words("placement.place", name=name, municipality=municipality)


def closed_sentence(m: Material) -> str:
    """What the answer closes; empty when it closes nothing."""
    sites = m.table("sites")
    closed = sites[sites["role"] == "closed"].to_dict(orient="records")
    if not closed:
        return ""
    return m.words("placement.closed", places=m.words.joined([_place(m, site) for site in closed]))


def effect_sentence(m: Material) -> str:
    """What the answer does to the mean."""
    before, after = (figure(m.placed[state], "mean_min") for state in ("before", "after"))
    told = {"time": heading(m.time), "after": m.words.duration(after, 1)}
    if not math.isfinite(after):
        return m.words("placement.effect.unknown")
    if not math.isfinite(before):
        return m.words("placement.effect.after", **told)
    return m.words("placement.effect", before=m.words.number(before, 1), **told)


def answer(m: Material) -> str:
    """Where, what is closed, and what it does to the mean."""
    return " ".join(filter(None, [answer_sentence(m), closed_sentence(m), effect_sentence(m)]))


def placement_blocks(m: Material) -> list[Block]:
    """The answer, and the figures and the map that tell it."""
    state = str(m.placed.get("scenario", "base"))
    lead = [
        Paragraph(answer(m)),
        Paragraph(
            m.words(
                "placement.lead",
                time=heading(m.time),
                scenario=m.scenario(state),
                notes=m.words("notes.title"),
            )
        ),
    ]
    return [*lead, chosen_table(m), before_after_table(m), gain_map(m)]


def chosen_table(m: Material) -> Table:
    """The new sites and what each of them adds."""
    sites = m.table("sites")
    chosen = sites[sites["role"] == "chosen"]
    after = figure(m.placed["after"], "mean_min")
    extra = (
        Column("units", m.words("column.units"), Quantity.NUMBER),
        Column("persons_unreached_without", m.words("column.unreached_without"), Quantity.PERSONS),
    )
    return Table(
        key="chosen",
        title=m.words("table.chosen"),
        columns=(
            Column("name", m.words("column.place")),
            Column("municipality", m.group("municipality")),
            Column("persons_served", m.words("column.served", people=people(m)), Quantity.PERSONS),
            Column("adds_min", m.words("column.adds"), Quantity.NUMBER, 2),
            *(column for column in extra if column.key in chosen and (chosen[column.key] > 0).any()),
        ),
        frame=chosen.assign(adds_min=chosen["mean_without_min"] - after).reset_index(drop=True),
        note=m.words("table.chosen.note"),
    )


def people(m: Material) -> str:
    """Whom the placement's figures count, as the heading of a column."""
    return heading(m.words.weight(weight(m)))


def before_after_table(m: Material) -> Table:
    """The figures of everybody, before, after and the difference."""
    before, after = m.placed["before"], m.placed["after"]
    told = [
        (f"{name}_min", m.words(f"measure.{name}"), Quantity.MINUTES, digits) for name, digits in _MEASURES
    ]
    if before.get(_CLASS_SHARE) is not None:
        label = m.words("measure.class_share", people=people(m), limits=class_limits(m))
        told.append((_CLASS_SHARE, label, Quantity.SHARE, 1))
    label = m.words("measure.unreachable", people=people(m))
    told.append(("persons_unreachable", label, Quantity.PERSONS, 0))
    rows = []
    nobody = figure(before, "persons") == 0
    for name, label, held, digits in told:
        first, second = figure(before, name), figure(after, name)
        # A time of nobody has no value, and is not unreachable.
        quantity = Quantity.NUMBER if nobody and held is Quantity.MINUTES else held
        row: dict[str, object] = {"measure": label, "before": first, "after": second}
        # The difference of two shares is told in percentage points.
        scale = 100.0 if quantity is Quantity.SHARE else 1.0
        row["difference"] = change(scale * first, scale * second, digits)
        for key in _STATES:
            row |= {
                f"{key}_quantity": Quantity.CHANGE if key == "difference" else quantity,
                f"{key}_digits": digits,
            }
        rows.append(row)
    return Table(
        key="before-after",
        title=m.words("table.before_after", time=heading(m.time)),
        columns=(
            Column("measure", m.words("column.measure")),
            *(Column(key, m.words(f"column.{key}"), Quantity.BY_ROW) for key in _STATES),
        ),
        frame=pd.DataFrame(rows),
    )


def site_marks(m: Material) -> list[Marks]:
    """The sites for a map: today's, other services that count, closed ones and, named, the new ones."""
    from geoaccess.drawing.small_map import Marks  # noqa: PLC0415 - plots need matplotlib, spreadsheets do not

    sites = m.table("sites")
    label = m.kind(str(m.placed.get("facility", "")), plural=True)
    standing = sites[sites["role"].isin(["existing", "required"])]
    part = standing["part"].astype(str) if "part" in standing else pd.Series("today", index=standing.index)
    others = sorted(set(part) - {"today", "candidate"})
    marks = [Marks.of(standing[part.isin(["today", "candidate"])], m.words("map.today", kinds=label))]
    marks += [
        Marks.of(standing[part == kind], m.words("map.other", kinds=m.kind(kind, plural=True)), marker="s")
        for kind in others
    ]
    for role, marker in (("closed", "x"), ("chosen", "*")):
        told = m.words("map.new" if role == "chosen" else "map.closed", kinds=label)
        marks.append(Marks.of(sites[sites["role"] == role], told, marker=marker, named=role == "chosen"))
    return [mark for mark in marks if len(mark.names)]


def gain_map(m: Material) -> Figure:
    """Where people gain, with the sites of today and the new ones."""
    from geoaccess.drawing.small_map import Dots, plan  # noqa: PLC0415

    chosen = m.table("sites")[m.table("sites")["role"] == "chosen"]
    points = m.table("placement")
    return Figure(
        caption=m.words("gain_map.caption", the_people=m.words.everybody(weight(m)), time=m.time),
        alt=m.words("gain_map.alt", places=m.words.joined(chosen["name"].astype(str).tolist())),
        draw=partial(
            plan,
            m.words,
            Dots.of(points, "after_min", weight(m), breaks=TIME_BREAKS),
            site_marks(m),
            width_in=_MAP_IN,
        ),
    )


def placement_settlements_table(m: Material) -> Table:
    """Every demand point before and after, in full."""
    frame = m.table("placement")
    names = dict(
        zip(m.table("sites")["site_id"].astype(str), m.table("sites")["name"].astype(str), strict=True)
    )
    frame = frame.assign(
        municipality=[m.municipality(code) for code in frame["municipality_code"]],
        site_before=[names.get(str(site), "") for site in frame["site_before"]],
        site_after=[names.get(str(site), "") for site in frame["site_after"]],
        change_min=changes(frame["before_min"], frame["after_min"], 1),
    )
    return Table(
        key="placement-settlements",
        title=m.words("table.placement_settlements"),
        columns=(
            Column("name", m.words("column.place")),
            Column("municipality", m.group("municipality")),
            Column("before_min", m.words("column.before_min"), Quantity.MINUTES, 1),
            Column("after_min", m.words("column.after_min"), Quantity.MINUTES, 1),
            Column("change_min", m.words("column.change"), Quantity.CHANGE, 1),
            Column("site_before", m.words("column.site_before")),
            Column("site_after", m.words("column.site_after")),
            Column("threshold_min", m.words("column.class_limit"), Quantity.NUMBER, 0),
            *(Column(name, heading(m.words.weight(name)), Quantity.PERSONS) for name in m.weights),
        ),
        frame=frame,
    )


def sites_table(m: Material) -> Table:
    """Every site that stands before or after, in full."""
    frame = m.table("sites")
    frame = frame[frame["role"].isin(_STANDING)]
    return Table(
        key="sites",
        title=m.words("table.sites"),
        columns=(
            Column("name", m.words("column.place")),
            Column("municipality", m.group("municipality")),
            Column("role_told", m.words("column.role")),
            Column("persons_served", m.words("column.served", people=people(m)), Quantity.PERSONS),
        ),
        frame=frame.assign(role_told=[m.words.known(f"role.{role}", str(role)) for role in frame["role"]]),
    )
