"""The OpenAPI document, attacked: no 5xx, and no answer that the document does not describe."""

from pathlib import Path

import pytest

from dunwell.kernel.caller import Caller
from tests.api.attack import attack
from tests.web.serving import TokenFor


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_request_to_a_tenant_breaks_the_contract(
    api_address: str, document: Path, acme: Caller, tokens: TokenFor
):
    elsewhere = ("--exclude-path-regex", "^/(control|schema|v1/tokens)")
    told = await attack(api_address, document, await tokens(acme), *elsewhere)
    assert "Authentication failed" not in told, told


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_request_about_tokens_breaks_the_contract(
    api_address: str, document: Path, acme: Caller, tokens: TokenFor
):
    """By itself: sooner or later the attacker revokes the very token he uses."""
    await attack(api_address, document, await tokens(acme), "--include-path-regex", "^/v1/tokens")
