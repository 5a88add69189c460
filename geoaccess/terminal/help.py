"""Help and complaints of commands in the language of the command line."""

from __future__ import annotations

import copy
import gettext
import inspect
import os
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
    if isinstance(made, click.Group):
        made.commands = {name: spoken(one, language) for name, one in made.commands.items()}
    return made


def _spoken_parameter(parameter: click.Parameter, language: str) -> click.Parameter:
    if not isinstance(parameter, click.Option):
        return parameter
    made = copy.copy(parameter)
    made.help = _told(parameter.help, language)
    if isinstance(parameter.type, click.Path):
        made.type = copy.copy(parameter.type)
        made.type.name = gettext.gettext(parameter.type.name)
    return made


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
