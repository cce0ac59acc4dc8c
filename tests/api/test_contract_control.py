"""The control plane's part of the document, attacked in a database of its own: tenants get suspended on the way."""

from pathlib import Path

import pytest

from dunwell.access.model import OPERATOR_SCOPES, IssueToken
from dunwell.access.use_cases import issue_operator_token
from dunwell.storage.tenant import Database
from tests.api.attack import attack


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_request_to_the_control_plane_breaks_the_contract(
    api_address: str, document: Path, database: Database
):
    command = IssueToken("tester", frozenset(OPERATOR_SCOPES), 1)
    token = (await database.control(issue_operator_token, command)).secret
    told = await attack(api_address, document, token, "--include-path-regex", "^/control")
    assert "Authentication failed" not in told, told
