"""The command tree, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from gettext import gettext
from typing import TextIO

import click

from geoaccess.ground.running import command_runs
from geoaccess.questions.registry import QUESTIONS
from geoaccess.terminal import ending, interrupts, streams
from geoaccess.terminal.engine import compiling_said
from geoaccess.terminal.help import click_speaks, spoken
from geoaccess.terminal.output import Output
from geoaccess.words.locales import ENGLISH, LANGUAGES
from geoaccess.words.note import Note, sentence_of
from geoaccess.words.terminal import VARIABLE, asked_language, told

#: Command -> module of ``geoaccess`` and one line of help; the module's function is named ``command``.
COMMANDS: dict[str, tuple[str, str]] = {
    **{name: (row.terminal, row.help) for name, row in QUESTIONS.items()},
    "map": ("cli.map", "Draw the map of any answer again."),
    "report": ("cli.report", "Report of any answer: HTML, XLSX, PDF, municipality factsheets."),
    "network": ("cli.network", "Build, describe and check network files."),
    "qgis": ("cli.qgis", "Put geoaccess into the toolbox of QGIS."),
    "study": ("cli.study", "Begin a study, check it, export the schema of its file."),
    "doctor": ("cli.doctor", "Check the installation."),
}

#: The variable by which a shell asks what may stand on the command line.
COMPLETING = "_GEOACCESS_COMPLETE"
_INTERRUPTS = (click.Abort, KeyboardInterrupt)
#: What is told with GEOACCESS_DEBUG too: nobody wants to see where.
_TOLD_IN_DEBUG = (*_INTERRUPTS, click.ClickException, BrokenPipeError)


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called.

    Attributes:
        language: what the help of its commands is told in.
    """

    language = ENGLISH

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of :data:`COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        _linear_algebra_first()
        with click_speaks(ENGLISH):  # Click names types of options when they are made
            module = importlib.import_module(f"geoaccess.{COMMANDS[cmd_name][0]}")
        found: click.Command = module.command
        made = spoken(found, self.language)
        if COMPLETING in os.environ:
            from geoaccess.terminal.completion import completing

            return completing(made)
        return made

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section(gettext("Commands")):
            formatter.write_dl([(name, told(text, self.language)) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a mistyped one."""
        from geoaccess.ground.errors import did_you_mean

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(Note("error.no_command", name=repr(args[0]), hint=hint), ctx)
        return super().resolve_command(ctx, args)


def _linear_algebra_first() -> None:
    """Load SciPy's linear algebra before anything large, where the address space has a limit.

    OpenBLAS asks for its buffer again for ever where there is no room for it, so that a command would hang
    instead of saying that memory is short.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        importlib.import_module("scipy.linalg")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geoaccess", prog_name="geoaccess")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    envvar=VARIABLE,
    show_default=True,
    show_envvar=True,
    help="Language of what is said, of maps and of reports; names stay as in the data.",
)
def root(lang: str) -> None:
    """Travel times over roads and ferries to emergency care, and proven placements.

    STUDY is a folder with a study.toml, that file, or the name of an embedded study (nord-norge, malta).
    Results go to stdout, progress and notes to stderr. Exit codes: 0 done, 1 failure, 2 usage, 3 bad data,
    4 infeasible, 5 stopped at a limit with a solution, 130 interrupted.
    """
    del lang  # commands ask the context for it


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; no traceback ever reaches a user."""
    logging.getLogger("pyogrio").setLevel(logging.ERROR)
    language = asked_language(arguments)
    try:
        with command_runs(arguments), _notices_as_notes(arguments, language), click_speaks(language):
            commands = spoken(root, language)
            commands.language = language
            code = int(commands.main(args=list(arguments), prog_name="geoaccess", standalone_mode=False) or 0)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("GEOACCESS_DEBUG") and not (
            isinstance(error, _TOLD_IN_DEBUG) or interrupts.heard()
        ):
            raise
        return _told_end(error, wants_json="--json" in arguments, language=language)
    return interrupts.INTERRUPTED if code and interrupts.heard() else code


def _told_end(error: Exception | KeyboardInterrupt, *, wants_json: bool, language: str) -> int:
    """Say what ended the command, or at least that it has ended; the exit code."""
    try:
        ending.release(error)
        return _ended(error, wants_json=wants_json, language=language)
    except (Exception, KeyboardInterrupt) as second:  # noqa: BLE001 - what kept the end from being told
        code = _exit_code(error, second)
        results = streams.results() if wants_json else None
        ending.last_words((error, second), code=code, language=language, results=results)
        return code


def _exit_code(error: Exception | KeyboardInterrupt, second: Exception | KeyboardInterrupt) -> int:
    """The exit code of what ended the command, without loading anything."""
    if isinstance(error, _INTERRUPTS) or isinstance(second, _INTERRUPTS) or interrupts.heard():
        return interrupts.INTERRUPTED
    if isinstance(error, click.ClickException):
        return error.exit_code
    # Where the errors have never been loaded, none of them has been raised.
    errors = sys.modules.get("geoaccess.ground.errors")
    return int(errors.exit_code(error)) if errors else 1


def _ended(error: Exception | KeyboardInterrupt, *, wants_json: bool, language: str) -> int:
    """Say what ended the command; the exit code."""
    if isinstance(error, _INTERRUPTS) or interrupts.heard():
        # Compiled readers make errors of their own of an interrupt, which would be told as bad data.
        interrupts.ignore()
        Output(json=wants_json, language=language).failure("interrupted", [], interrupts.INTERRUPTED)
        return interrupts.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # The reader of our output has gone (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), streams.results().fileno())
        return 1
    if isinstance(error, click.ClickException):
        if wants_json:
            Output(json=True, language=language).failure(error.format_message(), [], error.exit_code)
        else:
            vars(error)["message"] = told(error.message, language)  # Click offers no other way
            with click_speaks(language):
                error.show()
        return error.exit_code
    return _report(error, wants_json=wants_json, language=language)


@contextmanager
def _notices_as_notes(arguments: Sequence[str], language: str) -> Iterator[None]:
    """Show what readers of tables and the compiler say as notes of the command; other warnings as ever."""
    quiet = bool({"-q", "--quiet"} & set(arguments))
    usual = warnings.showwarning
    known: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not getattr(category, "shown_as_note", False):
            usual(message, category, filename, lineno, file, line)
        elif str(message) not in known:
            known.add(str(message))
            Output(quiet=quiet, language=language).notes([sentence_of(message)])

    def compiling(text: str) -> None:
        Output(quiet=quiet, language=language).note(text)

    with warnings.catch_warnings(), compiling_said(compiling):
        warnings.showwarning = show
        yield


def _report(error: Exception, *, wants_json: bool, language: str) -> int:
    from geoaccess.ground.errors import exit_code, faults_of, is_ours

    code = int(exit_code(error))
    message = sentence_of(error) or type(error).__name__
    if lacking := ending.lacking_memory(error):
        message = Note("error.memory", message=lacking)
    elif not is_ours(error) and not isinstance(error, OSError):
        message = Note("error.internal", kind=type(error).__name__, message=message)
    Output(json=wants_json, language=language).failure(message, faults_of(error), code)
    return code
