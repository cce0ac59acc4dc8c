"""What can be done with borrowers: save, look up, reach, show in clear, erase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched_ids
