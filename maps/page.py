"""One self-contained page: the shell that Folium makes, and the data as JSON.

No text from the data ever passes through Folium, branca or Jinja, which would run it as a template. The shell
is rendered from our own words alone; then the scripts and styles it points to are replaced by the vendored
files, and the data go in as JSON that the page's scripts read and show as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from maps.document import MapDocument
from maps.errors import MapFileError
from maps.messages import messages_for
from maps.payload import document_payload
from maps.safety import check_no_external

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_INLINE_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_map(document: MapDocument) -> str:
    """The whole page as text.

    Raises:
        MapDataError: with every fault of the document.
        ExternalAddressError: if the finished page would fetch anything from outside.
    """
    from maps.shell import page_shell  # noqa: PLC0415 - Folium takes most of a second to import

    islands = {
        "geoaccess-data": document_payload(document),
        "geoaccess-messages": messages_for(str(document.language)),
    }
    data = "".join(
        f'<script type="application/json" id="{name}">{island(value)}</script>\n'
        for name, value in islands.items()
    )
    shell = page_shell()
    head, body = shell.split("<head>", 1)
    title = html.escape(_without_controls(document.title)) or "geoaccess"
    page = "".join(
        (
            head.replace("<html>", f'<html lang="{document.language}">'),
            f'<head>\n<meta charset="utf-8">\n{_policy(shell, document)}<title dir="auto">{title}</title>\n',
            data,
            body,
        )
    )
    check_no_external(page)
    return page


def write_map(document: MapDocument, path: str | os.PathLike[str]) -> Path:
    """Write the page beside its target and rename it, so that no half-written page is ever seen.

    Raises:
        MapDataError: with every fault of the document.
        MapFileError: if the folder is missing or cannot be written.
        ExternalAddressError: if the finished page would fetch anything from outside.
    """
    target = Path(path)
    page = render_map(document).encode("utf-8")
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        beside.write_bytes(page)
        beside.replace(target)
    except OSError as error:
        raise MapFileError(f"cannot write the map {target}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return target


def island(value: object) -> str:
    """A value as JSON that cannot end its script element, nor break a line of script.

    ``<`` is escaped against ``</script>`` and ``<!--``, U+2028 and U+2029 because older scripts end a line
    there, lone surrogates because UTF-8 has none.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _policy(shell: str, document: MapDocument) -> str:
    """The content security policy: exactly the scripts and styles of the shell, and nothing from anywhere.

    Tiles, if a document asks for them, open it for pictures from their one host.
    """
    pictures = f" https://{document.tiles.host}" if document.tiles else ""
    scripts = " ".join(_digest(text) for text in _INLINE_SCRIPT.findall(shell))
    styles = " ".join(_digest(text) for text in _INLINE_STYLE.findall(shell))
    rules = (
        "default-src 'none'",
        f"script-src {scripts}",
        f"style-src {styles}",
        f"img-src data:{pictures}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">\n'


def _digest(text: str) -> str:
    """The source expression that allows exactly this inline text, as a browser reads it: line ends are LF."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(normal.encode()).digest()).decode()}'"


def _without_controls(text: str) -> str:
    """The text of a title: control characters and lone surrogates, which HTML forbids, become U+FFFD."""
    return re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)
