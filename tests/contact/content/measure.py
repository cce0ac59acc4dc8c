"""Prints how the content check does on a set: by language, kind and class.

python -m tests.contact.content.measure [FILE.jsonl …]      without files: the published set
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dunwell.contact.content import Checked, Label, Message, check
from tests.contact.content.corpora import LABELLED, corpus

Row = tuple[dict[str, Any], Checked]


def measured(
    rows: Iterable[Row], wanted: Callable[[dict[str, Any]], bool], given: Callable[[Checked], bool]
) -> str:
    """`n, right, wrong, missed, precision, recall` of one question."""
    both = [(wanted(item), given(checked)) for item, checked in rows]
    right = sum(yes and said for yes, said in both)
    wrong = sum(said and not yes for yes, said in both)
    missed = sum(yes and not said for yes, said in both)
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return f"{len(both):>6}{right:>6}{wrong:>6}{missed:>6}{precision:>8.3f}{recall:>8.3f}"


def checked(item: dict[str, Any]) -> Checked:
    return check(
        Message(
            item["text"], item.get("lang"), item["channel"], item["recipient"], item["stage"], item["facts"]
        )
    )


def main(files: list[Path]) -> None:
    rows = [(item, checked(item)) for item in corpus(tuple(files))]
    write = sys.stdout.write
    write(f"{'':<24}{'n':>6}{'right':>6}{'wrong':>6}{'miss':>6}{'prec':>8}{'recall':>8}\n")

    def flagged(found: Checked) -> bool:
        return found.label is not Label.OK

    def bad(item: dict[str, Any]) -> bool:
        return item["label"] != "ok"

    write(f"{'not ok':<24}{measured(rows, bad, flagged)}\n")
    for key in ("lang", "kind"):
        for value in sorted({item[key] for item, _ in rows}):
            some = [row for row in rows if row[0][key] == value]
            write(f"{value:<24}{measured(some, bad, flagged)}\n")
    for code in sorted({code for item, _ in rows for code in item["classes"]}):
        line = measured(
            rows, lambda item, c=code: c in item["classes"], lambda found, c=code: c in found.classes
        )
        write(f"{code:<24}{line}\n")
    same = sum(found.label == item["label"] for item, found in rows)
    write(f"label equal: {same} of {len(rows)}\n")
    if "--errors" in sys.argv:
        for item, found in rows:
            if bad(item) is not flagged(found):
                write(
                    f"{item['label']} {item['classes']} {found.classes} {item['id']} {item['text'][:120]!r}\n"
                )


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:] if not each.startswith("--")] or [LABELLED])
