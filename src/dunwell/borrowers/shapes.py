"""What is said of a borrower over HTTP, here and in the areas above."""

from typing import Annotated

from pydantic import Field

from dunwell.borrowers.model import BorrowerDraft, BorrowerKind
from dunwell.web.shapes import In, Label, Reference

Text = Annotated[str, Field(min_length=1, max_length=500)]


class BorrowerIn(In):
    """What a lender says about a borrower. What is null or empty stays as it is."""

    reference: Reference
    kind: BorrowerKind = BorrowerKind.INDIVIDUAL
    name: Text | None = None
    id_number: Label | None = None
    phones: Annotated[
        list[Annotated[str, Field(max_length=40, examples=["+8613800138000"])]], Field(max_length=20)
    ] = Field(default_factory=list[str])
    emails: Annotated[
        list[Annotated[str, Field(max_length=254, examples=["zhang@example.com"])]], Field(max_length=20)
    ] = Field(default_factory=list[str])
    address: Text | None = None
    zone: Annotated[str, Field(max_length=60, examples=["Asia/Shanghai"])] | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["CN"])] | None = None
    language: Annotated[str, Field(max_length=20, examples=["zh"])] | None = None

    def draft(self) -> BorrowerDraft:
        return BorrowerDraft(
            reference=self.reference,
            kind=self.kind,
            name=self.name,
            id_number=self.id_number,
            phones=tuple(self.phones),
            emails=tuple(self.emails),
            address=self.address,
            zone=self.zone,
            country=self.country,
            language=self.language,
        )
