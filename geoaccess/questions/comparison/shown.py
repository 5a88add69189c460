"""A comparison on the terminal."""

from __future__ import annotations

from geoaccess.questions.comparison.answer import Comparison
from geoaccess.terminal.output import Output


def show_comparison(out: Output, found: Comparison) -> None:
    """Gains and losses of everybody, then the municipalities that change most."""
    columns = {
        "persons_gain": "persons who gain",
        "person_min_gained": "person-min gained",
        "persons_lose": "persons who lose",
        "person_min_lost": "person-min lost",
        "worst_loss_min": "worst loss, min",
        "persons_newly_reached": "newly reached",
        "persons_no_longer_reached": "no longer reached",
    }
    out.say(f"A: {found.name_a}; B: {found.name_b}")
    out.table(f"From A to B, {found.weight}", {"kind": "time to", **columns}, found.region)
    for kind, rows in found.groups.groupby("kind", sort=False):
        moved = rows[["person_min_gained", "person_min_lost"]].sum(axis=1)
        moved += rows[["persons_no_longer_reached", "persons_newly_reached"]].sum(axis=1)
        changed = rows.assign(moved=moved).query("moved > 0").sort_values("moved", ascending=False)
        if len(changed):
            named = {"municipality": "municipality", **columns}
            out.table(f"{kind}, municipalities that change", named, changed)
        else:
            out.say(f"{kind}: no municipality changes")
