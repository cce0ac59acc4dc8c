"""Where to look at what the demo shows of money and of the gate."""

from dataclasses import dataclass

from dunwell.embedded.money import Shown


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses below `api`; each is read with the token of the lender that `shown` names."""

    api: str
    shown: Shown

    @property
    def owed(self) -> str | None:
        """What the late loan asks; `?on=` asks for another day."""
        return f"{self.api}/v1/loans/{self.shown.loan}/amount-owed" if self.shown.loan else None

    @property
    def owed_pdf(self) -> str | None:
        """The same, to hand out; `?language=en` in English."""
        return f"{self.owed}.pdf" if self.owed else None

    @property
    def statement(self) -> str:
        """The entries of the statement, each with what became of it."""
        return f"{self.api}/v1/statements/{self.shown.statement}/entries"

    @property
    def queue(self) -> str:
        """Entries that a person has to look at."""
        return f"{self.api}/v1/statement-entries"

    @property
    def application(self) -> str:
        return f"{self.api}/v1/applications/{self.shown.application}"

    @property
    def refused(self) -> str:
        """Contacts that the gate refused, each with the rules, their version and what was compared."""
        return f"{self.api}/v1/contact-verdicts?verdict=DENY"

    @property
    def law(self) -> str:
        """Every value of the lender's law on a day, with class, source and rule; `?on=` asks for another day."""
        return f"{self.api}/v1/law"

    def named(self) -> dict[str, str | None]:
        """All of them, by name."""
        return {
            "tenant": self.shown.slug,
            "amount_owed": self.owed,
            "amount_owed_pdf": self.owed_pdf,
            "statement": self.statement,
            "queue": self.queue,
            "application": self.application,
            "refused": self.refused,
            "law": self.law,
        }
