"""The placement models in the help of the commands that take one: what each finds, and what it needs."""

from __future__ import annotations

import click

from geoaccess.words.catalogue import say
from geoaccess.words.terminal import current_language


class WithModels(click.Command):
    """A command whose help ends with a line for each placement model."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the models after the options."""
        from optimise.declarations import DECLARED

        language = current_language()
        rows = [(name, say(f"model.{name}", language)) for name in DECLARED]
        with formatter.section(say("model.heading", language)):
            formatter.write_dl(rows)
        super().format_epilog(ctx, formatter)
