"""The page on paper: HTML to tagged PDF by WeasyPrint, with every address refused."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geoaccess.drawing.svg import PICTURE
from geoaccess.ground.errors import OutputError
from geoaccess.ground.optional_packages import need
from geoaccess.words.note import Note

#: PDF/UA-1 (ISO 14289-1): tagged, with a title and a language, so that a screen reader can read it.
_VARIANT = "pdf/ua-1"
#: Fonts that come with matplotlib, so that every machine, even one without fonts, prints the same pages.
_FACES = {"DejaVuSans.ttf": "normal", "DejaVuSans-Bold.ttf": "bold"}


def write_pdf(html: str, path: Path) -> None:
    """Print a page.

    Raises:
        MissingPackageError: WeasyPrint or matplotlib is not installed.
        OutputError: the page asks for something from outside.
    """
    weasyprint = need("weasyprint")
    fonts = need("weasyprint.text.fonts").FontConfiguration()
    folder = Path(need("matplotlib").get_data_path()) / "fonts" / "ttf"
    faces = {(folder / name).as_uri(): weight for name, weight in _FACES.items()}
    refused: list[str] = []
    fetcher = _fetcher(weasyprint, set(faces), refused)
    with _quiet():
        style = weasyprint.CSS(string=_font_faces(faces), font_config=fonts, url_fetcher=fetcher)
        weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
            path,
            stylesheets=[style],
            font_config=fonts,
            pdf_variant=_VARIANT,
            # The same page gives the same file, byte for byte.
            pdf_identifier=hashlib.sha256(html.encode("utf-8")).digest()[:16],
        )
    if refused:
        raise OutputError(Note("fault.page_outside", refused=refused[0]))


def _fetcher(weasyprint: Any, allowed: set[str], refused: list[str]) -> Any:  # noqa: ANN401 - an optional package
    """Fetches the fonts and the pictures that stand in the page, and nothing else."""

    class Refusing(weasyprint.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ANN401 - the signature of WeasyPrint
            if url in allowed or url.startswith(PICTURE):
                return super().fetch(url, headers)
            refused.append(url)
            raise ValueError(Note("fault.refused", url=url))

    return Refusing()


def _font_faces(faces: dict[str, str]) -> str:
    return "\n".join(
        f'@font-face {{ font-family: "Report Sans"; src: url("{url}"); font-weight: {weight}; }}'
        for url, weight in faces.items()
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Style properties that only screens know, and tables of fonts, are no news to anyone."""
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
