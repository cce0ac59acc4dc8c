"""`python -m tests.loans.timelines FILE`: lives through every case of the file and prints what became of them."""

import sys
from pathlib import Path

from tests.loans.timelines.judging import cases_of, judge
from tests.loans.timelines.report import report

if __name__ == "__main__":
    file, *wanted = sys.argv[1:]
    judged = [judge(case) for case in cases_of(Path(file)) if not wanted or case["id"] in wanted]
    sys.stdout.write(report(judged, every_fault=bool(wanted)))
