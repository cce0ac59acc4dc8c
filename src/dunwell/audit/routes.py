"""Audit events, checkpoints and proofs, for readers who check them."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from dunwell.audit import use_cases
from dunwell.audit.model import (
    ConsistencyProof,
    Event,
    InclusionProof,
    ListCheckpoints,
    ListEvents,
    ProveConsistency,
    ProveInclusion,
    SignedCheckpoint,
)
