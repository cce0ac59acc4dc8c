"""The numbers Prometheus scrapes: requests of this process, and the queues of all tenants as sums and worst cases."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Final, cast

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest  # pyright: ignore[reportUnknownVariableType]
from prometheus_client.registry import Collector

from dunwell.operations.use_cases import Gauges, all_health, summed
from dunwell.storage.tenant import Database
from dunwell.tenancy.opening import Register

# Scraped more often than this, the queues are told from memory: a scrape must not become a load.
FRESH_SECONDS: Final = 10.0


class Queues(Collector):
    """Gauges of the queues, as read last."""

    def __init__(self) -> None:
        self.latest = Gauges()

    def collect(self) -> Iterable[Metric]:
        latest = self.latest
        by_lane = (
            ("dunwell_oldest_due_seconds", "Age of the oldest due item, the worst tenant.", latest.lag),
            ("dunwell_work_ready", "Items waiting, all tenants.", latest.ready),
            ("dunwell_work_set_aside", "Items given up on, all tenants.", latest.set_aside),
        )
        for name, meaning, values in by_lane:
            family = GaugeMetricFamily(name, meaning, labels=["lane"])
            for lane, value in sorted(values.items()):
                family.add_metric([lane], value)
            yield family
        totals = (
            ("dunwell_tenants", "Tenants served.", latest.tenants),
            ("dunwell_tenants_failing", "Tenants that could not be read.", latest.failing),
            ("dunwell_messages_unknown", "Messages whose outcome nobody knows.", latest.unknown_messages),
            ("dunwell_audit_unsealed", "Audit events without a place in the tree.", latest.unsealed_events),
        )
        for name, meaning, value in totals:
            yield GaugeMetricFamily(name, meaning, value=value)


class Metrics:
    """One registry per application; reads the queues again when they are old."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry: Final = registry
        self._queues = Queues()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        registry.register(self._queues)

    async def text(self, database: Database, register: Register) -> bytes:
        """The exposition in OpenMetrics form."""
        async with self._reading:
            if monotonic() - self._read_at >= FRESH_SECONDS:
                self._queues.latest = summed(await all_health(database, await register.all()))
                self._read_at = monotonic()
        return cast("bytes", generate_latest(self.registry))
