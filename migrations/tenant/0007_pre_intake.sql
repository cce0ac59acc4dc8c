-- Loan tapes: the bytes as they came (sealed), how far loading is, what was wrong with which row, and which row
-- last spoke of a loan.
CREATE TABLE loan_tapes (
    id              uuid        NOT NULL,
    filename        text        NOT NULL,
    profile         text        NOT NULL,
    -- The profile as it was when the tape came, and the version of the tenant's files it came from (0: ships with us).
    profile_table   jsonb       NOT NULL,
    policy_version  integer     NOT NULL,
    bytes           bigint      NOT NULL DEFAULT 0,
    sha256          bytea,
    chunks          integer     NOT NULL DEFAULT 0,
    state           text        NOT NULL,
    dry_run         boolean     NOT NULL,
    as_of           date,
    -- The last line that is safely in: loading goes on behind it after a crash.
    line            bigint      NOT NULL DEFAULT 0,
    rows_read       bigint      NOT NULL DEFAULT 0,
    rows_good       bigint      NOT NULL DEFAULT 0,
    rows_bad        bigint      NOT NULL DEFAULT 0,
    rows_skipped    bigint      NOT NULL DEFAULT 0,
    rows_inserted   bigint      NOT NULL DEFAULT 0,
    rows_updated    bigint      NOT NULL DEFAULT 0,
    rows_unchanged  bigint      NOT NULL DEFAULT 0,
    payments        bigint      NOT NULL DEFAULT 0,
    payments_undone bigint      NOT NULL DEFAULT 0,
    problem         text        NOT NULL DEFAULT '',
    received_at     timestamptz NOT NULL,
    finished_at     timestamptz,
    CONSTRAINT loan_tapes_pkey PRIMARY KEY (id),
    CONSTRAINT loan_tapes_state CHECK (state IN ('receiving', 'received', 'loading', 'loaded', 'checked', 'failed'))
);
CREATE INDEX loan_tapes_received ON loan_tapes (received_at, id);

-- Pieces of 1 MiB, sealed under the tenant's key; gone once the tape is loaded.
CREATE TABLE tape_chunks (
    tape_id  uuid    NOT NULL REFERENCES loan_tapes (id) ON DELETE CASCADE,
    number   integer NOT NULL,
    data     bytea   NOT NULL,
    CONSTRAINT tape_chunks_pkey PRIMARY KEY (tape_id, number)
);

CREATE TABLE tape_problems (
    tape_id  uuid    NOT NULL REFERENCES loan_tapes (id) ON DELETE CASCADE,
    line     bigint  NOT NULL,
    number   integer NOT NULL,
    field    text    NOT NULL,
    value    text    NOT NULL,
    problem  text    NOT NULL,
    remedy   text    NOT NULL,
    CONSTRAINT tape_problems_pkey PRIMARY KEY (tape_id, line, number)
);

-- The row that last spoke of a loan: equal digests mean that nothing changed, an older `told_on` is yesterday's news.
CREATE TABLE tape_loans (
    reference  text   NOT NULL,
    told_on    date,
    digest     bytea  NOT NULL,
    tape_id    uuid   NOT NULL,
    line       bigint NOT NULL,
    CONSTRAINT tape_loans_pkey PRIMARY KEY (reference)
) WITH (fillfactor = 80);

-- The payments that rows told of, by loan and slot, so that a corrected row corrects the payment and adds none.
CREATE TABLE tape_payments (
    reference   text    NOT NULL,
    slot        text    NOT NULL,
    generation  integer NOT NULL,
    payment_id  uuid    NOT NULL,
    paid_on     date    NOT NULL,
    amount      bigint  NOT NULL,
    reversed    boolean NOT NULL DEFAULT false,
    CONSTRAINT tape_payments_pkey PRIMARY KEY (reference, slot, generation)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON loan_tapes TO :role;
GRANT SELECT, INSERT, DELETE ON tape_chunks, tape_problems TO :role;
GRANT SELECT, INSERT, UPDATE ON tape_loans, tape_payments TO :role;
