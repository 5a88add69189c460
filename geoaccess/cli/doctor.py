"""``geoaccess doctor``: is this installation whole?"""

from __future__ import annotations

import click

from geoaccess.terminal.options import json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.words.note import Note


@click.command("doctor")
@json_option
@quiet_option
def command(as_json: bool, quiet: bool) -> int:
    """Check the installation: packages from one place, solvers, libraries, data, caches."""
    from geoaccess.cli.checkup import examine
    from geoaccess.ground.errors import ExitCode

    out = Output(json=as_json, quiet=quiet)
    findings = examine()
    for finding in findings:
        mark = out.told("ok" if finding.passed else "FAULT")
        out.say(
            Note("say.check", mark=mark.ljust(6), name=out.told(finding.name), found=out.told(finding.found))
        )
        if not finding.passed:
            out.say(Note("say.doctor.remedy", remedy=out.told(finding.remedy)))
    out.result({"findings": [finding.to_dict() for finding in findings]})
    return ExitCode.DONE if all(finding.passed for finding in findings) else ExitCode.FAILURE
