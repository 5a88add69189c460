"""``geoaccess study``: check a study."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output


@click.group("study")
def command() -> None:
    """Check a study."""


@command.command("check")
@click.argument("study")
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    help="Polygon file of the municipalities, to check that places lie inside their own.",
)
@json_option
@quiet_option
def check(study: str, boundaries: Path | None, as_json: bool, quiet: bool) -> int:
    """Verify a study: ids, references, coordinates, detours, ferries, populations, sources, reach."""
    from geoaccess.errors import ExitCode
    from geoaccess.study.check import check_study

    out = Output(json=as_json, quiet=quiet)
    with out.step("checking"):
        report = check_study(study, boundaries=boundaries)
    for check in report.checks:
        mark = "ok" if check.passed and not check.skipped else "skipped" if check.skipped else "FAULT"
        out.say(f"{mark:8} {check.name}: {check.found}")
    for fault in report.faults:
        out.say(f"  fault: {fault}")
    for warning in report.warnings:
        out.note(f"  warning: {warning}")
    out.say(f"{len(report.faults)} faults, {len(report.warnings)} warnings")
    out.result(report.to_dict())
    return ExitCode.BAD_DATA if report.faults else ExitCode.DONE
