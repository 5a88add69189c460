"""``geoaccess qgis``: geoaccess in the processing toolbox of QGIS."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from geoaccess.terminal.options import json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.words.note import Note, system_reason

#: Name of the plugin's folder; that of the package would hide it from QGIS' own Python.
PLUGIN = "geoaccess_qgis"
_PROFILE = Path("QGIS", "QGIS3", "profiles", "default")


@click.group("qgis")
def command() -> None:
    """Put geoaccess into the processing toolbox of QGIS."""


@command.command("install")
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    help="Folder of the user's profile in QGIS; default: the one that QGIS makes itself.",
)
@json_option
@quiet_option
def install(profile: Path | None, as_json: bool, quiet: bool) -> None:
    """Copy the plugin into a profile of QGIS; an earlier copy is replaced.

    Its algorithms ask this very installation of geoaccess, as a process.
    """
    from geoaccess.ground.errors import OutputError

    out = Output(json=as_json, quiet=quiet)
    target = (profile or default_profile()) / "python" / "plugins" / PLUGIN
    try:
        write_plugin(target)
    except OSError as error:
        raise OutputError(Note("fault.write.file", path=target, reason=system_reason(error))) from error
    out.say(Note("say.written", path=str(target)))
    out.say(Note("say.qgis.enable", plugin=PLUGIN))
    out.result({"plugin": target, "program": program()})


def default_profile() -> Path:
    """The profile that QGIS makes for a user, by operating system."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / _PROFILE
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _PROFILE
    return Path.home() / ".local" / "share" / _PROFILE


def program() -> list[str]:
    """How this installation is run."""
    return [sys.executable, "-P", "-m", "geoaccess"]


def write_plugin(target: Path) -> None:
    """Copy the plugin into a folder, beside and renamed, with the program that it asks.

    Raises:
        OSError: the folder cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for file in resources.files("geoaccess.qgis_plugin").iterdir():
            if file.name.endswith((".py", ".txt")):
                (part / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        (part / "program.json").write_text(json.dumps(program()) + "\n", encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
