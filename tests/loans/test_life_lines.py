"""What a life books: balanced lines, money where it belongs, a written-off loan that recovers."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from dunwell.loans.model import Account, Component, Due
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Happening,
    PaidIn,
    PaymentKind,
    Reamortised,
    Refunded,
    Waived,
)
from dunwell.loans.rules.ledger import opening_lines
from dunwell.loans.rules.life import live
from dunwell.loans.rules.life_lines import lines_of

LENT, FIRST, SECOND = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
CONTRACT = Contract(200, LENT, (Due(1, FIRST, 100, 10), Due(2, SECOND, 100, 5)))
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
FEE = Charged(ONE, LENT, 1, "fee", Component.FEES, 20, FIRST)


def booked(happenings: Sequence[Happening], which: UUID) -> Counter[tuple[Account, int | None]]:
    lines = lines_of(CONTRACT, live(CONTRACT, happenings))
    assert all(sum(line.amount for line in each) == 0 for each in lines.values())
    assert all(line.amount for each in lines.values() for line in each)
    return Counter({(line.account, line.instalment): line.amount for line in lines[which]})


def test_a_payment_lowers_what_is_owed_and_leaves_credit() -> None:
    assert booked([PaidIn(ONE, FIRST, 1, 220)], ONE) == {
        (Account.CASH, None): 220,
        (Account.INTEREST, 1): -10,
        (Account.PRINCIPAL, 1): -100,
        (Account.INTEREST, 2): -5,
        (Account.PRINCIPAL, 2): -100,
        (Account.CREDIT, None): -5,
    }


def test_goodwill_is_money_of_the_lender() -> None:
    assert booked([PaidIn(ONE, FIRST, 1, 10, PaymentKind.GOODWILL)], ONE) == {
        (Account.WAIVED, None): 10,
        (Account.INTEREST, 1): -10,
    }


def test_a_charge_is_earned_when_it_is_made() -> None:
    assert booked([FEE], ONE) == {(Account.FEES, 1): 20, (Account.EARNED, None): -20}
    costs = Charged(ONE, LENT, 1, "court", Component.COSTS, 20, FIRST)
    assert booked([costs], ONE) == {(Account.COSTS, 1): 20, (Account.EARNED, None): -20}


@pytest.mark.parametrize(
    "gift", [Waived(TWO, FIRST, 2, ONE), ChargeAdjusted(TWO, FIRST, 2, ONE, 20)], ids=["waived", "adjusted"]
)
def test_what_is_given_up_stands_on_waived(gift: Happening) -> None:
    assert booked([FEE, gift], TWO)[Account.WAIVED, None] == 20


def test_a_chargeback_and_a_refund_pay_money_out() -> None:
    paid = PaidIn(ONE, FIRST, 1, 110)
    assert booked([paid, ChargedBack(TWO, FIRST, 2, ONE, 15)], TWO) == {
        (Account.CASH, None): -15,
        (Account.INTEREST, 1): 10,
        (Account.PRINCIPAL, 1): 5,
    }
    assert booked([paid, Refunded(TWO, FIRST, 2, 15)], TWO) == {
        (Account.CASH, None): -15,
        (Account.PRINCIPAL, 1): 15,
    }


def test_a_tranche_is_principal_paid_out() -> None:
    lines = booked([Disbursed(ONE, FIRST, 1, 50)], ONE)
    assert lines[Account.PRINCIPAL, 2] == 50
    assert lines[Account.CASH, None] == -50


def test_re_amortising_moves_principal_between_instalments() -> None:
    assert booked([Reamortised(ONE, date(2024, 2, 10), 1)], ONE) == {
        (Account.PRINCIPAL, 1): -100,
        (Account.PRINCIPAL, 2): 100,
    }


def test_a_written_off_loan_recovers() -> None:
    off, paid = ChargedOff(TWO, FIRST, 2), PaidIn(THREE, SECOND, 3, 50)
    assert booked([FEE, off], TWO) == {
        (Account.FEES, 1): -20,
        (Account.INTEREST, 1): -10,
        (Account.PRINCIPAL, 1): -100,
        (Account.INTEREST, 2): -5,
        (Account.PRINCIPAL, 2): -100,
        (Account.WRITTEN_OFF, None): 235,
    }
    recovered = booked([FEE, off, paid], THREE)
    assert recovered[Account.CASH, None] == 50
    assert recovered[Account.RECOVERED, 1] == -50


def test_after_a_charge_off_the_ledger_still_knows_what_is_owed() -> None:
    happenings = [
        FEE,
        ChargedOff(TWO, FIRST, 2),
        PaidIn(THREE, SECOND, 3, 50),
        Charged(UUID(int=4), SECOND, 4, "court", Component.COSTS, 9, SECOND),
        Waived(UUID(int=5), SECOND, 5, UUID(int=4)),
        ChargedOff(UUID(int=6), SECOND, 6),
    ]
    life = live(CONTRACT, happenings)
    sums = Counter[Account]()
    for line in [
        *opening_lines(CONTRACT.dues),
        *(line for each in lines_of(CONTRACT, life).values() for line in each),
    ]:
        sums[line.account] += line.amount
    assert sums[Account.WRITTEN_OFF] + sums[Account.RECOVERED] == life.outstanding == 185
    assert not any(sums[Account(component)] for component in Component)
