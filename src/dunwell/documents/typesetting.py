"""PDF from a Typst template and JSON data."""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, cast

import typst
from fontTools.ttLib import TTCollection  # pyright: ignore[reportMissingTypeStubs]

from dunwell.kernel.errors import Broken, Fault, Invalid

FONT: Final = "NotoSansCJK-Regular.ttc"
# What a text may hold although no glyph stands for it.
BLANK: Final = frozenset("\n\r\t")
_one_at_a_time: Final = threading.Lock()


class CharacterMissing(Invalid):
    """A text holds a character that no font of ours can print."""

    code = "document.character-missing"


def pdf(template: Traversable, data: Mapping[str, object], at: datetime) -> bytes:
    """The template filled with `data`, as the bytes of a PDF; the same input gives the same bytes.

    The template reads `json(bytes(sys.inputs.data))`. Takes 5 to 10 ms a page once warm and holds the processor: call
    it in a thread, outside of any transaction. Raises `CharacterMissing`, and `Broken` where the template is wrong.
    """
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    whole_second = at.replace(microsecond=0)
    refuse_unprintable(_texts(data))
    # The compiler keeps its fonts and the parsed template between calls; it is not made for two at once.
    with _one_at_a_time:
        try:
            made = _compiler().compile(
                template.read_bytes(), sys_inputs={"data": text}, timestamp=whole_second, format="pdf"
            )
        except typst.TypstError as error:
            raise Broken(f"the template {template.name} cannot be set: {error.message}") from error
    if not isinstance(made, bytes):
        raise Broken(f"the template {template.name} gave no document")
    return made


def refuse_unprintable(texts: Iterable[str]) -> None:
    """Raise `CharacterMissing` that names each character the font lacks."""
    missing = sorted({sign for text in texts for sign in text} - _printable() - BLANK)
    if missing:
        faults = [
            Fault("text", f"U+{ord(sign):04X} cannot be printed", "write it in another way")
            for sign in missing
        ]
        raise CharacterMissing("the document holds characters that no font has", faults=faults)


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_font().parent)]
    )
    return typst.Compiler(font_paths=fonts)


@cache
def _printable() -> frozenset[str]:
    with TTCollection(str(_font()), lazy=True) as collection:
        glyphs = cast("dict[int, str]", collection.fonts[0].getBestCmap())  # pyright: ignore[reportUnknownMemberType]
    return frozenset(map(chr, glyphs))


@cache
def _font() -> Path:
    return Path(str(files("noto_cjk_sans_otc") / FONT))


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(cast("Mapping[str, object]", value).values()))
    elif isinstance(value, Sequence):
        for part in cast("Sequence[object]", value):
            yield from _texts(part)
