"""``geoaccess demo``: the main job on the embedded study."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.terminal.options import json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import overwrite_option, run_folder

DEMO_STUDY = "nord-norge"
DEMO_PLACEMENT = "ambulance"


@click.command("demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("runs/demo"),
    show_default=True,
    callback=run_folder,
    help="Run folder to write; an earlier demo there is replaced.",
)
@overwrite_option("Replace any run folder.")
@json_option
@quiet_option
def command(output: Path, overwrite: bool, as_json: bool, quiet: bool) -> int:
    """Times to acute care in Northern Norway, three more ambulance stations, and a map."""
    from geoaccess.answers.answer import demo_result, save_demo_run
    from geoaccess.cli.tables import show_access, show_placement
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.access.answer import accessibility
    from geoaccess.questions.placement import place
    from geoaccess.study import load_study

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        study = load_study(DEMO_STUDY)
    out.learn(study)
    out.note(f"note: {study.config.study.notice}")
    with out.step("travel times"):
        table = accessibility(study)
    with out.step("placing"):
        placed = place(study, DEMO_PLACEMENT)
    with out.step(f"writing {output}"):
        save_demo_run(study, table, placed, output, overwrite=overwrite)
    show_access(out, study, table, worst_only=True)
    show_placement(out, placed)
    out.notes([note for note in placed.notes if note != study.config.study.notice])
    out.say(f"Written: {output} (open {output / 'map.html'} in a browser; it needs no network)")
    out.result(demo_result(study, table, placed) | {"output": output})
    proven = placed.solution.status.value == "optimal"
    return ExitCode.DONE if proven else ExitCode.STOPPED_AT_LIMIT
