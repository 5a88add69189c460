"""``geoaccess demo``: the main job on an embedded study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.options import asked_resources, json_option, quiet_option, resources_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import overwrite_option, run_folder
from geoaccess.words.note import Note, study_text

if TYPE_CHECKING:
    from geoaccess.answers.answer import Answer
    from geoaccess.questions.access.answer import Accessibility
    from geoaccess.questions.placement import PlacementResult
    from geoaccess.study import Study


@dataclass(frozen=True, slots=True)
class _Demo:
    """What is asked of an embedded study.

    Attributes:
        folder: where it is written unless told otherwise.
        placement: the placement question.
        scenarios: states that the times are told for.
    """

    folder: Path
    placement: str = "ambulance"
    scenarios: tuple[str, ...] = ("base",)


DEMO_STUDY = "nord-norge"
DEMOS: Mapping[str, _Demo] = {
    DEMO_STUDY: _Demo(Path("runs/demo")),
    "malta": _Demo(
        Path("runs/demo-malta"), scenarios=("base", "no-ferry", "gozo-closed", "gozo-closed-no-ferry")
    ),
}
#: The network that a demo built, in its run folder: the folder of the study may be read-only.
NETWORK_FILE = "network.net"


def _target(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    return run_folder(ctx, param, value or DEMOS[ctx.params["study"]].folder)


@click.command("demo")
@click.argument("study", type=click.Choice(list(DEMOS)), default=DEMO_STUDY, is_eager=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    show_default="runs/demo, for malta runs/demo-malta",
    callback=_target,
    help="Run folder to write; an earlier demo there is replaced.",
)
@overwrite_option("Replace any run folder.")
@resources_option
@json_option
@quiet_option
def command(study: str, output: Path, overwrite: bool, as_json: bool, quiet: bool) -> int:
    """Times to acute care in an embedded study, where more ambulance stations help most, and a map.

    STUDY is nord-norge, or malta, whose network is built from OpenStreetMap before your eyes.
    """
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.access.answer import accessibility
    from geoaccess.questions.access.terminal_tables import show_access
    from geoaccess.questions.placement import place
    from geoaccess.questions.placement.terminal_tables import show_placement
    from geoaccess.study import load_study

    out, demo = Output(json=as_json, quiet=quiet), DEMOS[study]
    with out.step("reading the study"):
        loaded = load_study(study)
        if asked_resources():
            loaded = loaded.with_resources(asked_resources())
    out.learn(loaded)
    out.notes([study_text(loaded.config.study, "notice")])
    built = _build(out, loaded)
    with out.step("travel times"):
        table = accessibility(loaded, scenarios=demo.scenarios)
    with out.step("placing"):
        placed = place(loaded, demo.placement)
    with out.step(Note("say.writing", path=str(output))):
        demo_answer(loaded, table, placed).save(output, overwrite=overwrite, replaces="demo")
        if built:
            _keep(loaded, output / NETWORK_FILE)
    show_access(out, loaded, table, worst_only=True)
    show_placement(out, placed)
    out.notes([note for note in placed.notes if note != loaded.config.study.notice])
    out.say(Note("say.demo.written", path=str(output), page=str(output / "map.html")))
    out.result(demo_result(loaded, table, placed) | {"output": output})
    proven = placed.solution.status.value == "optimal"
    return ExitCode.DONE if proven else ExitCode.STOPPED_AT_LIMIT


def _build(out: Output, study: Study) -> bool:
    """Build the network of a study that names a map, and say what it holds; False where there is no map."""
    from geoaccess.cli.networking import describe
    from geoaccess.study.extract import is_extract

    file = study.config.network.file
    if not is_extract(file):
        return False
    with out.step(Note("say.building", source=file)):
        network = study.network
    told = describe(network)
    out.note(Note("say.network", nodes=told["nodes"], km=told["road_km"], ferries=told["ferries"]))
    out.notes(list(network.provenance["osm"]["notes"]))
    return True


def _keep(study: Study, path: Path) -> None:
    from geoaccess.cli.networking import save

    save(study.network, path)


def demo_answer(study: Study, table: Accessibility, placed: PlacementResult) -> Answer:
    """The run of ``geoaccess demo``: access and placement together."""
    from geoaccess.answers.answer import Answer
    from geoaccess.questions.access.answer import access_answer
    from geoaccess.questions.placement.answer_folder import placement_answer, with_best_of_every_number

    first = access_answer(study, table)
    second = with_best_of_every_number(placement_answer(placed), placed)
    notes = tuple(dict.fromkeys([*table.notes, *placed.notes]))
    return Answer(
        question="demo",
        facts={**first.facts, **second.facts, "notes": notes},
        tables={**first.tables, **second.tables},
        inputs=study.files,
        site_minutes=(*first.site_minutes, *second.site_minutes),
    )


def demo_result(study: Study, table: Accessibility, placed: PlacementResult) -> dict[str, Any]:
    """The JSON of ``geoaccess demo``."""
    return {
        "study": study.name,
        "notice": study.config.study.notice,
        "weight": table.weight,
        "region": table.region,
        "rows": table.rows,
        "place": placed.to_dict(),
    }
