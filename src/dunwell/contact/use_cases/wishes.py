"""What people want and said: hours, consents, refusals, offers to pay."""

from datetime import timedelta
from typing import Final

from dunwell.contact.model import (
    ConsentKind,
    FactFilter,
    GivenConsent,
    Kept,
    PaymentOffer,
    Preference,
    Refusal,
    Withdraw,
)
from dunwell.contact.queries import wishes as queries
from dunwell.contact.use_cases.recording import (
    Kind,
    check_past,
    check_point,
    debtor_of,
    end,
    hold_still,
    keep,
    listed,
    wrong,
)
from dunwell.kernel.paging import Page
from dunwell.storage.tenant import TenantTx

DAY: Final = timedelta(days=1)
MINUTES: Final = 24 * 60

PREFERENCES: Final[Kind[Preference]] = Kind(
    "contact.preference",
    queries.insert_preference,
    queries.preferences,
    queries.replace_preference,
    queries.withdraw_preference,
)
CONSENTS: Final[Kind[GivenConsent]] = Kind(
    "contact.consent", queries.insert_consent, queries.consents, withdraw=queries.withdraw_consent
)
REFUSALS: Final[Kind[Refusal]] = Kind("contact.refusal", queries.insert_refusal, queries.refusals)
OFFERS: Final[Kind[PaymentOffer]] = Kind("contact.offer", queries.insert_offer, queries.offers)


async def record_preference(tx: TenantTx, fact: Preference) -> Kept[Preference]:
    """Contact this person in these hours only; they replace those that stood. Raises `FactWrong`."""
    if not fact.hours:
        raise wrong("hours", "no hours", "name at least one span; withdraw the preference to end it")
    for number, span in enumerate(fact.hours):
        if not (0 <= span.start < MINUTES and 0 < span.end <= MINUTES) or span.start == span.end:
            raise wrong(f"hours[{number}]", "no span of a day", "from 00:00 to 24:00, with an end of its own")
    await hold_still(tx, fact.borrower)
    spans: list[list[int]] = [[span.start, span.end] for span in fact.hours]
    return await keep(tx, PREFERENCES, fact, {"borrower": str(fact.borrower), "minutes": spans})


async def withdraw_preference(tx: TenantTx, command: Withdraw) -> Kept[Preference]:
    """Any lawful hour is right again. Raises `FactNotFound`."""
    return await end(tx, PREFERENCES, command.reference, lambda fact: [fact.borrower])


async def preferences(tx: TenantTx, wanted: FactFilter) -> Page[Kept[Preference]]:
    """Hours that people asked for, replaced ones too."""
    return await listed(tx, PREFERENCES, wanted)


async def record_consent(tx: TenantTx, fact: GivenConsent) -> Kept[GivenConsent]:
    """Keep a consent: to a slot, to a volunteer's payment, to automated messages. Raises `FactWrong`."""
    if fact.kind is ConsentKind.SLOT:
        _check_slot(tx, fact)
    else:
        check_past(tx, "from", fact.starts_at)
        if fact.ends_at is not None and fact.ends_at <= fact.starts_at:
            raise wrong("to", "not after its beginning", "choose a later end, or leave it out")
    await hold_still(tx, fact.borrower)
    if fact.point is not None:
        if fact.kind is not ConsentKind.AUTOMATED:
            raise wrong("contact_point", "only automated messages are agreed to by number", "leave it out")
        await check_point(tx, fact.borrower, fact.point, phone=True)
    said = {
        "borrower": str(fact.borrower),
        "kind": fact.kind.value,
        "from": fact.starts_at.isoformat(),
        "to": fact.ends_at.isoformat() if fact.ends_at else None,
    }
    return await keep(tx, CONSENTS, fact, said)


def _check_slot(tx: TenantTx, fact: GivenConsent) -> None:
    if fact.ends_at is None:
        raise wrong("to", "a slot has an end", "name the instant at which it is over")
    if fact.ends_at <= fact.starts_at:
        raise wrong("to", "not after its beginning", "choose a later end")
    if fact.ends_at - fact.starts_at > DAY:
        raise wrong("to", "longer than a day", "a consent names one slot; record each on its own")
    if fact.ends_at <= tx.now:
        raise wrong("to", "over already", "name a slot that is still to come")


async def withdraw_consent(tx: TenantTx, command: Withdraw) -> Kept[GivenConsent]:
    """The consent counts no more, from now on. Raises `FactNotFound`."""
    return await end(tx, CONSENTS, command.reference, lambda fact: [fact.borrower])


async def consents(tx: TenantTx, wanted: FactFilter) -> Page[Kept[GivenConsent]]:
    """Consents, withdrawn ones too."""
    return await listed(tx, CONSENTS, wanted)


async def record_refusal(tx: TenantTx, fact: Refusal) -> Kept[Refusal]:
    """This person is never again contacted about somebody else's debt, by nobody. Raises `FactWrong`."""
    check_past(tx, "at", fact.at)
    await hold_still(tx, fact.borrower)
    if fact.loan is not None:
        await debtor_of(tx, fact.loan)
    said = {"borrower": str(fact.borrower), "at": fact.at.isoformat(), "actor": fact.actor}
    return await keep(tx, REFUSALS, fact, {**said, "loan": str(fact.loan) if fact.loan else None})


async def refusals(tx: TenantTx, wanted: FactFilter) -> Page[Kept[Refusal]]:
    """Refusals; none ever ends."""
    return await listed(tx, REFUSALS, wanted)


async def record_offer(tx: TenantTx, fact: PaymentOffer) -> Kept[PaymentOffer]:
    """Somebody who does not owe offered to pay. Raises `FactWrong`."""
    check_past(tx, "at", fact.at)
    await hold_still(tx, fact.borrower)
    if fact.loan is not None:
        await debtor_of(tx, fact.loan)
    said = {"borrower": str(fact.borrower), "at": fact.at.isoformat()}
    return await keep(tx, OFFERS, fact, {**said, "loan": str(fact.loan) if fact.loan else None})


async def offers(tx: TenantTx, wanted: FactFilter) -> Page[Kept[PaymentOffer]]:
    """Offers to pay."""
    return await listed(tx, OFFERS, wanted)
