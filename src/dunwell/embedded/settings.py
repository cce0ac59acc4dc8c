"""Which programs and servers to use, from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from dunwell.embedded.servers import Programs, Servers
from dunwell.kernel.errors import Fault
from dunwell.settings import WrongSettings


def programs(environment: Mapping[str, str] | None = None) -> Programs:
    """`PG_BIN` (a folder) and `VALKEY_BIN` (a program), if set."""
    found = os.environ if environment is None else environment
    postgres, valkey = found.get("PG_BIN"), found.get("VALKEY_BIN")
    return Programs(Path(postgres) if postgres else None, Path(valkey) if valkey else None)


def external(environment: Mapping[str, str] | None = None) -> Servers | None:
    """The servers that `DATABASE_URL` and `REDIS_URL` name; `None` if neither does, one alone is refused."""
    found = os.environ if environment is None else environment
    names = ("DATABASE_URL", "REDIS_URL")
    missing = [Fault(name, "not set", f"set both of {' and '.join(names)}, or neither") for name in names]
    missing = [fault for fault in missing if not found.get(fault.field)]
    if len(missing) == 1:
        raise WrongSettings(str(missing[0]), faults=missing)
    return None if missing else Servers(found["DATABASE_URL"], found["REDIS_URL"])


def inherited() -> Mapping[str, str]:
    """The environment of this process, for its children."""
    return dict(os.environ)
