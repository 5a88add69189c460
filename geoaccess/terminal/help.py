"""Help and complaints of commands: its texts, placeholders and names of types in the language."""

from __future__ import annotations

import copy
import gettext
import inspect
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TypeVar

import click

from geoaccess.words.locales import ENGLISH
from geoaccess.words.terminal import told

#: Click asks gettext's default domain for its own words.
_DOMAIN = "messages"
_VARIABLE = "LANGUAGE"
#: Words of a placeholder (``STUDY``, ``NAME[=PROBABILITY]``), which are looked up one by one.
_WORD = re.compile(r"[A-Z][A-Z_]*[A-Z]")


Spoken = TypeVar("Spoken", bound=click.Command)


def spoken(command: Spoken, language: str) -> Spoken:
    """The command with its help in a language; the command itself stays as it is."""
    if language == ENGLISH:
        return command
    made = copy.copy(command)
    # Click keeps the option in the language in which it was first asked for.
    made._help_option = None
    made.help = _told(command.help, language)
    made.short_help = _told(command.short_help, language)
    made.params = [_spoken_parameter(one, language) for one in command.params]
    made.options_metavar = _placeholder(command.options_metavar or "", language)
    if isinstance(made, click.Group):
        made.subcommand_metavar = _placeholder(made.subcommand_metavar, language)
        made.commands = {name: spoken(one, language) for name, one in made.commands.items()}
    return made


def _spoken_parameter(parameter: click.Parameter, language: str) -> click.Parameter:
    made = copy.copy(parameter)
    if parameter.metavar is not None:
        made.metavar = _placeholder(parameter.metavar, language)
    elif isinstance(made, click.Argument) and not isinstance(made.type, click.Choice):
        made.metavar = _placeholder(str(made.name).upper(), language)
    name = gettext.gettext(parameter.type.name)
    if name != parameter.type.name:
        made.type = copy.copy(parameter.type)
        made.type.name = name
    if isinstance(made, click.Option):
        made.help = _told(made.help, language)
    return made


def _placeholder(text: str, language: str) -> str:
    """``STUDY|NET`` and the like word by word; a word that is no word of ours stays."""
    return _WORD.sub(lambda found: told(found[0], language), text)


def _told(text: str | None, language: str) -> str | None:
    """A text of help, which is looked up as it stands without its margin."""
    return None if text is None else told(inspect.cleandoc(text).strip(), language)


@contextmanager
def click_speaks(language: str) -> Iterator[None]:
    """Within this block Click's own words ("Usage", "No such option") are those of a language."""
    usual = os.environ.get(_VARIABLE)
    gettext.bindtextdomain(_DOMAIN, str(resources.files("geoaccess.words").joinpath("_click")))
    os.environ[_VARIABLE] = language
    try:
        yield
    finally:
        if usual is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = usual
