"""One type per kind of identifier, so that a loan's id cannot be passed where a borrower's is meant."""

from typing import NewType
from uuid import UUID

BorrowerId = NewType("BorrowerId", UUID)
ContactPointId = NewType("ContactPointId", UUID)
LoanId = NewType("LoanId", UUID)
PaymentId = NewType("PaymentId", UUID)
TapeId = NewType("TapeId", UUID)
HoldId = NewType("HoldId", UUID)
VerdictId = NewType("VerdictId", UUID)
MessageId = NewType("MessageId", UUID)
TokenId = NewType("TokenId", UUID)
