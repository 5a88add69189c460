"""Classes beyond ASCII's letters stay as they are; those within are deflated."""

from __future__ import annotations

import base64
import zlib

from maps.encoding import Letters, deflated


def test_more_classes_than_ascii_has_letters_are_kept_as_they_are() -> None:
    many = Letters("".join(chr(65 + place % 150) for place in range(900)))
    assert deflated({"classes": [many]}) == {"classes": [many]}
    few = Letters("".join(chr(65 + place % 50) for place in range(900)))
    packed = deflated(few)
    assert isinstance(packed, dict)
    assert zlib.decompress(base64.b64decode(packed["deflated"])).decode("ascii") == few
