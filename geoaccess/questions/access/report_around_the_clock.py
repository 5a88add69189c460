"""What a report of travel times tells of every moment of leaving, service by service."""

from __future__ import annotations

from collections.abc import Collection

from geoaccess.answers.day_tables import cut
from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Section, Table
from geoaccess.drawing.report_hours import DayStory, day_section, full_table, place_sentence, waiting_places
from geoaccess.questions.access.around_the_clock_folder import POINTS, TABLES
from geoaccess.words.words import heading


def has_clock(m: Material) -> bool:
    """Whether the run tells of every moment of leaving."""
    return POINTS in m.run.tables


def clock_sections(m: Material) -> list[Section]:
    """One section for each service and state; none for a run without them."""
    if not has_clock(m):
        return []
    table = m.table(POINTS)
    pairs = table[["kind", "scenario"]].drop_duplicates().astype(str).itertuples(index=False)
    return [
        day_section(m, _story(m, kind, scenario, number)) for number, (kind, scenario) in enumerate(pairs)
    ]


def _story(m: Material, kind: str, scenario: str, number: int) -> DayStory:
    state = "" if len(m.scenarios) < 2 else f", {m.scenario(scenario)}"
    day = cut(m.table, TABLES, kind=kind, scenario=scenario)
    limits = m.thresholds(kind)
    return DayStory(f"clock-{number}", m.kind(kind), state, limits[-1] if limits else None, day)


def place_sentences(m: Material, codes: Collection[str], most: int) -> list[str]:
    """One sentence for each place of some municipalities that waits for ferries, the largest first."""
    found: list[str] = []
    if not has_clock(m):
        return found
    for kind in m.kinds:
        story = _story(m, kind, m.scenarios[0], 0)
        rows = waiting_places(story.day.points)
        rows = rows[rows["municipality_code"].astype(str).isin(list(codes))]
        rows = rows.sort_values(m.weight, ascending=False, kind="stable").head(most)
        label = heading(m.kind(kind))
        found += [f"{label}: {place_sentence(m, story, row)}" for row in rows.to_dict(orient="records")]
    return found


def full_clock_tables(m: Material) -> list[Table]:
    """Every place around the clock, for spreadsheets."""
    if not has_clock(m):
        return []
    table = m.table(POINTS)
    services = [heading(m.kind(str(kind))) for kind in table["kind"]]
    return [full_table(m, table, key="around-the-clock", services=services, leaving=True)]
