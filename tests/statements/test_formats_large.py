"""Long files: memory stays where it is."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.builders.statements import BOC, an_entry, bai2, camt, mt940, wechat_merchant

# Reads a file in a process of its own and tells rows, faults, and the most memory it ever had, in KiB.
READ = """
import resource, sys
from pathlib import Path
from dunwell.statements.reading import check
found = check(Path(sys.argv[1]))
print(found.totals[0].entries, len(found.faults), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
MOST_GROWTH = 12 * 1024


def write(path: Path, head: str, rows: Iterable[str], foot: str) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(rows)
        file.write(foot)
    return path


def a_bill(path: Path, count: int) -> Path:
    head = wechat_merchant().split("\r\n")[0] + "\n"
    rows = (
        f"`2026-03-01 10:00:00,`wx01,`1900000109,`,`,`42000025{number:020},`R-{number},`o{number},"
        "`JSAPI,`SUCCESS,`CMB_DEBIT,`CNY,"
        "`100.00,`0.00,`,`,`0.00,`0.00,`,`,`还款,`,`0.60000,`0.60%,`100.00,`0.00,`\n"
        for number in range(count)
    )
    totals = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n"
    return write(
        path,
        head,
        rows,
        f"{totals}`{count},`{count * 100}.00,`0.00,`0.00,`{count * 6 // 10}.00,`{count * 100}.00,`0.00\n",
    )


def a_list(path: Path, count: int) -> Path:
    rows = (
        f"2026-03-01,10:00:00,人民币,1.00,{number + 1}.00,转账,手机,-,R-{number},付款人{number},6222,-,3167\n"
        for number in range(count)
    )
    return write(path, BOC + "\n", rows, "")


def a_message(path: Path, count: int) -> Path:
    head, foot = camt("|", closing=f"{100 + count}.00").split("|")
    return write(path, head, (an_entry("1.00") for _ in range(count)), foot)


def an_mt940(path: Path, count: int) -> Path:
    head, foot = mt940("|", closing=f"C260301EUR{100 + count},00").split("|")
    entry = ":61:2603010301C1,00NTRFNONREF//B\r\n:86:166?00X?20EREF+L?32NAME"
    return write(path, head, (entry + "\r\n" * (number + 1 < count) for number in range(count)), foot)


def a_bai2(path: Path, count: int) -> Path:
    head = bai2("|", closing=10000 + count).split("|")[0]
    control = 20000 + 2 * count
    foot = f"49,{control},{count + 2}/\n98,{control},1,{count + 4}/\n99,{control},1,{count + 6}/\n"
    return write(path, head, ("16,165,1,Z,REF,,TEXT\n" for _ in range(count)), foot)


def read_alone(path: Path) -> tuple[int, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=True, timeout=280
    )
    rows, faults, memory = (int(word) for word in done.stdout.split())
    return rows, faults, memory


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("build", "rows"),
    [(a_bill, 60_000), (a_list, 40_000), (a_message, 10_000), (an_mt940, 10_000), (a_bai2, 40_000)],
)
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, build: Callable[[Path, int], Path], rows: int
) -> None:
    few, faults, base = read_alone(build(tmp_path / "small", 1000))
    assert (few, faults) == (1000, 0)
    many, faults, memory = read_alone(build(tmp_path / "large", rows))
    assert (many, faults) == (rows, 0)
    assert memory - base < MOST_GROWTH
