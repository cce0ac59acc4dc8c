"""Every tenant that ships holds: its files are valid and whole."""

from importlib.resources import files

import pytest

from dunwell.tenant_files import proposal

SLUGS = sorted(entry.name for entry in files("tenants").iterdir() if entry.is_dir() and entry.name.isalnum())


def test_three_tenants_ship() -> None:
    assert len(SLUGS) >= 3


@pytest.mark.parametrize("slug", SLUGS)
def test_the_files_of_a_tenant_are_valid(slug: str) -> None:
    _, faults = proposal(slug)
    assert not [str(fault) for fault in faults]
