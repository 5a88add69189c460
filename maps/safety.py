"""Refuses a finished page that a browser would complete from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from maps.errors import ExternalAddressError

#: Attributes through which an element fetches, posts or navigates by itself.
_FETCHING = {
    "action",
    "background",
    "cite",
    "data",
    "formaction",
    "href",
    "longdesc",
    "manifest",
    "ping",
    "poster",
    "src",
    "srcdoc",
    "srcset",
    "style",
    "xlink:href",
}
_FORBIDDEN_ELEMENTS = {"base", "embed", "frame", "iframe", "object", "portal"}
#: Names of vocabularies and the vendored library's own home page, which it only ever writes as text.
_ALLOWED_IN_SCRIPTS = {"http://www.w3.org/2000/svg", "https://leafletjs.com"}
_ADDRESS = re.compile(r"(?:https?|wss?|ftp)://[^\s\"'`<>)\\]+", re.IGNORECASE)
_STYLE_FETCH = re.compile(r"@import[^;]*|url\(\s*['\"]?(?!data:|#)[^)]*\)", re.IGNORECASE)


class _Scanner(HTMLParser):
    """Collects what an element, a script or a style sheet would fetch."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _FORBIDDEN_ELEMENTS or given.get("http-equiv", "").lower() == "refresh":
            self.found.append(f"<{tag}> element")
        for name in sorted(_FETCHING & given.keys()):
            if not given[name].startswith(("#", "data:")):
                self.found.append(f"<{tag} {name}={given[name][:80]!r}>")
        self.found += [f"<{tag} {name}> handler" for name in given if name.startswith("on")]
        is_data = given.get("type") == "application/json"
        self._inside = tag if tag in {"script", "style"} and not is_data else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.found += sorted({hit for hit in _ADDRESS.findall(data) if hit not in _ALLOWED_IN_SCRIPTS})
        elif self._inside == "style":
            # url(#...) and behavior: url(#default#VML) stay within the page.
            self.found += _STYLE_FETCH.findall(data)


def check_no_external(page: str) -> None:
    """Read the finished page as a browser would and refuse anything it would fetch.

    Text inside the data islands is not looked at: it is shown, never followed.

    Raises:
        ExternalAddressError: listing every element, script address or style that points outside.
    """
    scanner = _Scanner()
    scanner.feed(page)
    scanner.close()
    if scanner.found:
        raise ExternalAddressError(scanner.found)
