"""Which blocks a written message must carry, by channel, purpose, product and whoever sends it."""

from collections.abc import Set as AbstractSet
from typing import Final

from dunwell.contact.model import WRITTEN, Block, Channel, Policy, Product, Purpose

# The reason code of each block that is missing.
MISSING: Final = {
    Block.LENDER: "LENDER_UNNAMED",
    Block.AGENCY: "AGENCY_UNNAMED",
    Block.OBJECTION: "OBJECTION_MISSING",
    Block.OPT_OUT: "OPT_OUT_MISSING",
    Block.BALANCE: "BALANCE_MISSING",
    Block.BASIS: "BASIS_MISSING",
    Block.RIGHTS: "RIGHTS_MISSING",
    Block.ACCOUNT_CHECK: "ACCOUNT_CHECK_MISSING",
    Block.OFFICE: "OFFICE_MISSING",
    Block.SEAL: "SEAL_MISSING",
    Block.COLLECTOR: "COLLECTOR_UNNAMED",
    Block.DEBT_ADVICE: "DEBT_ADVICE_MISSING",
}


def blocks_required(
    policy: Policy, channel: Channel, purpose: Purpose, *, agency: bool, products: AbstractSet[Product]
) -> frozenset[Block]:
    """The blocks of every rule whose conditions hold; none on a channel that is not written."""
    if channel not in WRITTEN:
        return frozenset()
    holding = (
        rule.blocks
        for rule in policy.required_blocks
        if channel in rule.channels
        and (agency or not rule.agency_only)
        and (rule.purposes is None or purpose in rule.purposes)
        and (rule.products is None or not rule.products.isdisjoint(products))
    )
    return frozenset[Block]().union(*holding)
