"""Lists within a list, as the driver takes them."""

import json
from collections.abc import Sequence


def texts(listed: Sequence[object]) -> str:
    """A list as JSON text, to be cast in the statement.

    The driver takes a list within a list for a second dimension of the array.
    """
    return json.dumps(listed, ensure_ascii=False)
