"""The gate over HTTP: facts, stops, permits, dry runs, and every verdict and touch with the reasons behind it."""

from dunwell.contact.routes.circumstances import router as circumstances
from dunwell.contact.routes.notified import router as notified
from dunwell.contact.routes.permits import router as permits
from dunwell.contact.routes.stops import router as stops
from dunwell.contact.routes.verdicts import router as verdicts
from dunwell.contact.routes.wishes import router as wishes

routers = [stops, wishes, circumstances, notified, verdicts, permits]
