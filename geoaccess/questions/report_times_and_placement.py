"""A whole report: its parts in the order that a reader needs them."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Callout, Document, Headline, Headlines, Paragraph, Section, Table
from geoaccess.drawing.report_sources import about_lines, inputs_table, origin_sections
from geoaccess.questions import ageing
from geoaccess.questions.access import report as travel
from geoaccess.questions.access.report_around_the_clock import clock_sections, full_clock_tables
from geoaccess.questions.access.report_changes import changes_section, group_changes, region_changes
from geoaccess.questions.access.report_equity import equity_section, equity_tables
from geoaccess.questions.placement import report as placed
from geoaccess.questions.placement import report_gains as gaining
from geoaccess.questions.placement.report_proof import proof_blocks


def document(m: Material) -> Document:
    """The report of travel times, of a placement, or of both.

    Raises:
        DataError: the answer has neither.
    """
    words = m.words
    m.check()
    sections = [_brief(m)]
    if m.has_placement:
        sections += _placement_sections(m)
    sections += clock_sections(m)
    sections += [travel.kind_section(m, kind, number) for number, kind in enumerate(m.kinds)]
    if len(m.scenarios) > 1:
        sections.append(changes_section(m))
    sections += equity_section(m)
    sections += ageing.years_section(m)
    if m.has_times:
        tables = [travel.appendix_table(m, scenario, number) for number, scenario in enumerate(m.scenarios)]
        sections.append(
            Section(
                "appendix", words("appendix.title", group=m.group_word(str(m.facts["by"]))), tuple(tables)
            )
        )
    sections += origin_sections(m)
    return Document(
        title=m.title,
        subtitle=_subtitle(m),
        about=about_lines(m, _persons(m)),
        language=words.language,
        sections=tuple(sections),
        made=m.made,
        tables=tuple(full_tables(m)),
    )


def _subtitle(m: Material) -> str:
    names = ["placement"] * m.has_placement + ["times"] * m.has_times
    return m.words(f"subtitle.{'_'.join(sorted(names))}")


def _persons(m: Material) -> float:
    frame = m.table("placement") if not m.has_times else m.points(m.kinds[0], m.scenarios[0])
    return float(frame[m.weight].sum())


def _brief(m: Material) -> Section:
    """What a reader with one minute must know."""
    blocks: list[Block] = []
    if m.notice:
        blocks.append(Callout(m.words("notice.title"), (m.notice,)))
    found: list[Headline] = []
    if m.has_placement:
        blocks.append(Paragraph(f"{placed.answer(m)} {_proof_sentence(m)}"))
        found += placed.headlines(m)
    if m.has_times:
        found += travel.headlines(m)
    blocks.append(Headlines(tuple(found)))
    if m.has_times:
        blocks += travel.brief_blocks(m)
    return Section("brief", m.words("brief.title"), tuple(blocks))


def _placement_sections(m: Material) -> list[Section]:
    """The answer, who gains, and the proof."""
    title = m.words.told(m.placed, "title") or m.words("placement.title")
    return [
        Section("placement", title, tuple(placed.placement_blocks(m))),
        Section("gains", m.words("gains.title"), tuple(gaining.gain_blocks(m))),
        Section("proof", m.words("proof.title"), tuple(proof_blocks(m))),
    ]


def _proof_sentence(m: Material) -> str:
    proven = m.placed["status"] == "optimal"
    return m.words("proof.short.optimal" if proven else "proof.short.not_optimal")


def full_tables(m: Material) -> list[Table]:
    """Every table in full, for spreadsheets and CSV."""
    tables: list[Table] = []
    if m.has_placement:
        tables += [placed.before_after_table(m), placed.chosen_table(m), gaining.municipalities_table(m)]
        tables += [placed.sites_table(m), placed.placement_settlements_table(m)]
    if m.has_times:
        tables += [travel.region_table(m), travel.groups_table(m), travel.settlements_table(m)]
        tables += full_clock_tables(m)
    if len(m.scenarios) > 1:
        tables += [region_changes(m), *group_changes(m)]
    tables += equity_tables(m)
    tables += ageing.years_tables(m)
    if m.facts.get("inputs"):
        tables.append(inputs_table(m))
    return tables
