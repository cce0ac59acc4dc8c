"""Statements over HTTP: files in, entries out, the queue, and the numbers debtors pay by."""

from dunwell.statements.routes.entries import router as entries
from dunwell.statements.routes.files import router as files
from dunwell.statements.routes.marks import router as marks

routers = [files, entries, marks]
