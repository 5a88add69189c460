"""A report as one HTML page that needs nothing from outside and runs nothing.

The page is built as a tree of elements and written by the standard library: a text from data is a text node,
never part of a template or of markup. The security policy allows one style sheet, known by its hash, and
nothing else: no script, no image, no form, no address.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from importlib import resources
from xml.etree import ElementTree as ET

from geoaccess.drawing import svg
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Definitions,
    Document,
    Figure,
    Headlines,
    Listing,
    Paragraph,
    Quantity,
    Section,
    SideBySide,
    Table,
)
from geoaccess.drawing.plain_text import NUMERIC, cell_text, quantity_of
from geoaccess.words.visible import visible
from geoaccess.words.words import Words

#: Tables of at least this many columns are set in smaller type.
_WIDE = 7


def node(tag: str, *children: ET.Element | str, **attributes: str) -> ET.Element:
    """An element; strings become text, ``class_`` and ``data_x`` become ``class`` and ``data-x``."""
    made = ET.Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
            last = child
        elif last is None:
            made.text = (made.text or "") + visible(child)
        else:
            last.tail = (last.tail or "") + visible(child)
    return made


def render(documents: Sequence[Document], words: Words) -> str:
    """One page of one or several documents: a report, or the factsheets of several municipalities."""
    first = documents[0]
    style = resources.files("geoaccess.drawing").joinpath("page.css").read_text(encoding="utf-8")
    main = node("main", id="content", tabindex="-1")
    for number, document in enumerate(documents):
        main.append(_Writer(document, words, f"d{number}-" if len(documents) > 1 else "").article())
    pictures = main.find(".//image") is not None
    head = node(
        "head",
        node("meta", charset="utf-8"),
        node("meta", http_equiv="Content-Security-Policy", content=policy(style, pictures=pictures)),
        node("meta", name="viewport", content="width=device-width, initial-scale=1"),
        node("meta", name="generator", content="geoaccess"),
        node("title", first.title if len(documents) == 1 else first.subtitle),
    )
    sheet = node("style")
    sheet.text = style
    head.append(sheet)
    kind = "factsheets" if first.is_factsheet else "report"
    body = node("body", node("a", words("page.skip"), href="#content", class_="skip"), class_=kind)
    body.append(main)
    page = node("html", head, body, lang=words.language.value)
    return "<!DOCTYPE html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"


def fragment(document: Document, words: Words) -> str:
    """The title and first section of a report as HTML without a page around it, for a notebook."""
    writer = _Writer(document, words, "")
    head = node("div", node("h3", f"{document.title}: {document.subtitle}"))
    head.append(writer.section(document.sections[0]))
    return ET.tostring(head, encoding="unicode", method="html")


def policy(style: str, *, pictures: bool = False) -> str:
    """The content security policy of a page with this style sheet alone; pictures only where it has some."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    rules = ["default-src 'none'", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'"]
    return "; ".join([*rules, "img-src data:"] if pictures else rules)


class _Writer:
    """Writes one document; ids are unique by its prefix."""

    def __init__(self, document: Document, words: Words, prefix: str) -> None:
        self.document = document
        self.words = words
        self.prefix = prefix
        self.n_figures = 0
        self.n_tables = 0
        self.writers: dict[type, Callable[..., ET.Element]] = {
            Paragraph: lambda block: node("p", block.text, **({"class_": "small"} if block.small else {})),
            Callout: self._callout,
            Headlines: self._headlines,
            Listing: lambda block: node("ul", *(node("li", text) for text in block.items)),
            Definitions: self._definitions,
            Table: self._table,
            Figure: self._figure,
            SideBySide: lambda block: node("div", *map(self._block, block.blocks), class_="beside"),
        }

    def article(self) -> ET.Element:
        document = self.document
        head = node(
            "header",
            node("h1", document.title),
            node("p", document.subtitle, class_="subtitle"),
            *(node("p", line, class_="about") for line in document.about),
        )
        sections = [self.section(section) for section in document.sections]
        if not document.is_factsheet:
            # What must be known comes before the list of all there is.
            sections.insert(1, self._contents())
        return node("article", head, *sections)

    def _contents(self) -> ET.Element:
        links = [
            node("li", node("a", section.title, href=f"#{self.prefix}{section.key}"))
            for section in self.document.sections[1:]
        ]
        return node("nav", node("h2", self.words("page.contents")), node("ol", *links), class_="contents")

    def section(self, section: Section) -> ET.Element:
        """A part of the document."""
        key = f"{self.prefix}{section.key}"
        made = node("section", id=key)
        if section.title:
            made.append(node("h2", section.title))
        for block in section.blocks:
            made.append(self._block(block))
        return made

    def _block(self, block: Block) -> ET.Element:
        return self.writers[type(block)](block)

    def _callout(self, block: Callout) -> ET.Element:
        texts = [node("p", text) for text in block.texts]
        return node(
            "aside", node("p", block.title, class_="callout-title"), *texts, class_=f"callout {block.tone}"
        )

    def _headlines(self, block: Headlines) -> ET.Element:
        items = [node("li", node("strong", item.value), node("span", item.text)) for item in block.items]
        return node("ul", *items, class_="headlines")

    def _definitions(self, block: Definitions) -> ET.Element:
        pairs = [node("div", node("dt", term), node("dd", told)) for term, told in block.items]
        return node("dl", *pairs)

    def _figure(self, block: Figure) -> ET.Element:
        self.n_figures += 1
        key = f"{self.prefix}f{self.n_figures}-"
        image = svg.element(block.draw, prefix=key, alt=visible(block.alt))
        return node("figure", image, node("figcaption", block.caption), tabindex="0")

    def _table(self, block: Table) -> ET.Element:
        self.n_tables += 1
        key = f"{self.prefix}t{self.n_tables}"
        heads = [
            node(
                "th",
                column.heading,
                scope="col",
                **({"class_": "figure"} if column.quantity in NUMERIC else {}),
            )
            for column in block.columns
        ]
        body = node("tbody")
        for row in block.frame.to_dict(orient="records"):
            body.append(node("tr", *self._cells(block, {str(name): value for name, value in row.items()})))
        table = node(
            "table",
            node("caption", block.title, id=key),
            node("thead", node("tr", *heads)),
            body,
            **({"class_": "wide"} if len(block.columns) >= _WIDE else {}),
        )
        made = node("div", table, class_="scroll", role="group", aria_labelledby=key, tabindex="0")
        return node("div", made, node("p", block.note, class_="note")) if block.note else made

    def _cells(self, block: Table, row: dict[str, object]) -> list[ET.Element]:
        cells = []
        for position, column in enumerate(block.columns):
            text = cell_text(self.words, column, row)
            if position == 0:
                cells.append(node("th", text, scope="row"))
            elif quantity_of(column, row)[0] is Quantity.TEXT:
                cells.append(node("td", text))
            else:
                cells.append(node("td", text, class_="figure"))
        return cells
