"""HTTP, and nothing about loans: callers, guards, shapes, problems, the OpenAPI document, pages.

How an area writes `routes.py`
------------------------------

    @get("/{loan_id:uuid}", guards=[requires("loans:read")])
    async def get_loan(
        loan_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
    ) -> LoanOut:
        \"\"\"One loan with what is owed today.\"\"\"
        return LoanOut.of(await database.read(caller, use_cases.loan, LoanId(loan_id)))

    @post("/{loan_id:uuid}/payments", guards=[requires("payments:write")])
    async def post_payment(
        loan_id: FromPath[UUID], data: JSONBody[PaymentIn], once: NamedDependency[Once]
    ) -> Response[ReceiptOut]:
        \"\"\"Record a payment. Safe to send again with the same `reference`.\"\"\"
        command = RecordPayment(LoanId(loan_id), data.reference, data.amount.positive("amount"), data.received_on)
        return await once.run(use_cases.record_payment, command, ReceiptOut.of)

    @get("/", guards=[requires("loans:read")])
    async def get_loans(
        database: NamedDependency[Database], caller: NamedDependency[Caller],
        limit: Limit = LIMIT, cursor: Cursor = None, in_state: InState = None,
    ) -> PageOut[LoanOut]:
        page = await database.read(caller, use_cases.loans, ListLoans(in_state, cursor, limit))
        return page_out(page, LoanOut.of)

    router = Router("/loans", route_handlers=[get_loan, get_loans, post_payment], tags=["loans"])

* A module exposes `router` (mounted under `/v1`), or `routers: list[Router]`. Handlers are functions. An area's
  `pages.py` exposes `router` (mounted under `/`); how pages are written stands in `pages.py` here.
* A filter called `state` needs another name in Python, for the framework keeps that one:
  `InState = Annotated[LoanState | None, QueryParameter(name="state")]`.
* One guard per handler (`guards.py`): `requires(scope)`, `signed_in()`, `operates(scope)`, `reports()`,
  `public(because)`.
  Scopes are `noun:read` and `noun:write`; `access.model.SCOPES` is the list.
* Dependencies, always `NamedDependency[...]`: `database: Database`, `caller: Caller`, `once: Once` (POST and other
  writes; `dunwell.access.once`), `operator: Actor` (control plane), `settings: Settings`.
* Bodies are `…In(In)` from `shapes.py`: strict, closed. Use `Day`, `Instant`, `MoneyIn`, `Rate`, `Count`, `Label`,
  `Reference`, `Note`, `Currency`; bound every other int and str with `Field`. `data: JSONBody[PaymentIn]`.
* Answers are `…Out(msgspec.Struct, frozen=True)` without defaults and with `@classmethod of(...)`; `MoneyOut`, `date`,
  `datetime` (aware, UTC) and `UUID` fields as they are; enumerations as `StrEnum`; `dict[str, object]` only for JSON
  that is free by nature.
* Every POST goes through `once.run(use_case, command, render)`: with an `Idempotency-Key` the answer is stored in the
  transaction of the effect and given again; without one it is `database.run`. `once.run(..., fingerprint=sha256)` for
  an upload that was streamed (its body cannot be read a second time). PUT and DELETE use `database.run` themselves.
* Errors are raised, never rendered: `problems.py` turns every error into a problem document, and `openapi.py` documents
  those answers on every route. Do not write `responses=`.
* Limits: a JSON body is at most 1 MiB; a route that streams sets its own `request_max_body_size` and reads
  `request.stream()`; it takes `request: Request[Any, Any, Any]` and no `data`.
* A body that is not JSON is declared on the handler: `opt={"body": "text/csv"}` (or a list of media types).
* Answers other than 200/201/JSON: set `status_code=`, `media_type=`; a 404 is never answered by hand.
"""
