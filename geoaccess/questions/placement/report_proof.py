"""What is known of the quality of a placement: its status, its bound, and what the proof is about."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from geoaccess.answers.engine import engine_note
from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Callout, Definitions, Paragraph
from geoaccess.questions.placement.report import figure, weight
from geoaccess.words.note import note_in, said_in

#: The model whose objective is mean minutes per person.
_MEAN_MODEL = "p-median"


def proof_blocks(m: Material) -> list[Block]:
    """What is known of the quality of the answer."""
    placed, words = m.placed, m.words
    status = str(placed["status"])
    proven = status == "optimal"
    objective, bound = (
        figure(placed, "objective"),
        figure(placed, "bound" if "bound" in placed else "lower_bound"),
    )
    is_mean = placed.get("model", _MEAN_MODEL) == _MEAN_MODEL and _is_mean(m, objective)
    tell = partial(words.duration, digits=2) if is_mean else partial(words.number, digits=4)
    gap = figure(placed, "gap")
    candidates = int((m.table("sites")["role"].isin(["candidate", "chosen"])).sum())
    items = [
        (words("proof.status"), words.known(f"status.{status}", status)),
        (
            words("proof.measure"),
            words("proof.mean", people=words.weight(weight(m)))
            if is_mean
            else words("proof.model_value", model=placed.get("model", words("unknown"))),
        ),
        (words("proof.objective"), tell(objective)),
        (words("proof.bound"), tell(bound)),
        (
            words("proof.gap"),
            words("percent", value=words.number(100 * gap, 2)) if math.isfinite(gap) else words("unknown"),
        ),
        (words("proof.candidates"), words.number(candidates)),
        (
            words("proof.solver"),
            words(
                "proof.solver_told",
                **{name: said_in(placed, name, words.language.value) for name in ("solver", "formulation")},
            ),
        ),
        (words("proof.seconds"), words("seconds", value=words.number(_seconds(m), 1))),
        (words("proof.rests_on"), said_in(placed, "proof", words.language.value)),
        (words("proof.engine"), _engine(m)),
    ]
    text = words(f"proof.{'optimal' if proven else 'not_optimal'}")
    return [
        Callout(words.known(f"status.{status}", status), (text,), "proven" if proven else "unproven"),
        Definitions(tuple((term, told) for term, told in items if told)),
        Paragraph(words("proof.limits")),
    ]


def _engine(m: Material) -> str:
    """Whether the large-scale engine answered, and why not; nothing for runs of versions that did not say."""
    told = m.placed.get("engine")
    return note_in(engine_note(told), m.words.language.value) if told else ""


def _is_mean(m: Material, objective: float) -> bool:
    return bool(np.isclose(objective, figure(m.placed["after"], "mean_min"), rtol=1e-6))


def _seconds(m: Material) -> float:
    return sum(figure(m.placed, name) for name in ("build_s", "solve_s"))
