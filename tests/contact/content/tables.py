"""Makes the tables of characters that the content check reads; run once, the result is committed.

    python -m tests.contact.content.tables

`sounds.txt` from pypinyin (MIT), `simplified.txt` from OpenCC's TSCharacters (Apache-2.0). Neither is needed at run
time, nor by the tests.
"""

from collections import defaultdict
from importlib.resources import files
from pathlib import Path

OUT = Path("src/dunwell/contact/content/data")


# Where the first reading is not the one that matters here.
READ_AS = {"曝": "bao", "债": "zhai"}


def syllable(char: str) -> str:
    """The commonest reading of a character, without its tone; empty when it has none."""
    from pypinyin import Style, pinyin  # noqa: PLC0415

    if char in READ_AS:
        return READ_AS[char]
    read = pinyin(char, style=Style.NORMAL, errors="ignore", v_to_u=False)
    return read[0][0].replace("ü", "v") if read else ""


def common(char: str) -> bool:
    """Whether a character stands in GB 2312 or Big5: what people write."""
    for code in ("gb2312", "big5"):
        try:
            char.encode(code)
        except UnicodeEncodeError:
            continue
        return True
    return False


def pairs() -> list[tuple[str, str]]:
    """Each traditional character with the simplified one it becomes."""
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text("utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line]
    both = [(old, new.split(" ")[0]) for old, new in lines]
    return [(old, new) for old, new in both if old != new and len(old + new) == 2 and ord(old) < 0x10000]


def sounds() -> str:
    """A line for each syllable: the syllable, then every common character that is read so."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    traditional = {old for old, _ in pairs()}
    for number in range(0x4E00, 0xA000):
        if chr(number) not in traditional and common(chr(number)) and (read := syllable(chr(number))):
            by_sound[read].append(chr(number))
    head = "# Syllables without tone, and the characters read so. Made from pypinyin, (c) mozillazg, MIT licence.\n"
    return head + "".join(f"{each} {''.join(chars)}\n" for each, chars in sorted(by_sound.items()))


def simplified() -> str:
    """Lines of pairs: a traditional character and what it becomes."""
    kept = [old + new for old, new in pairs()]
    head = "# A traditional character and its simplified form, in pairs. Made from OpenCC, Apache-2.0.\n"
    lines = ["".join(kept[at : at + 40]) for at in range(0, len(kept), 40)]
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (OUT / "sounds.txt").write_text(sounds(), "utf-8")
    (OUT / "simplified.txt").write_text(simplified(), "utf-8")
