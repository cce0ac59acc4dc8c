-- Loan tapes: the bytes as they came, how far loading is, and what was wrong with which row.
CREATE TABLE loan_tapes (
    id              uuid        NOT NULL,
    filename        text        NOT NULL,
    profile         text        NOT NULL,
    policy_version  integer     NOT NULL,
    bytes           bigint      NOT NULL DEFAULT 0,
    sha256          bytea,
    state           text        NOT NULL,
    dry_run         boolean     NOT NULL,
    as_of           date,
    rows_read       bigint      NOT NULL DEFAULT 0,
    rows_inserted   bigint      NOT NULL DEFAULT 0,
    rows_updated    bigint      NOT NULL DEFAULT 0,
    rows_unchanged  bigint      NOT NULL DEFAULT 0,
    rows_bad        bigint      NOT NULL DEFAULT 0,
    problem         text,
    received_at     timestamptz NOT NULL,
    finished_at     timestamptz,
    CONSTRAINT loan_tapes_pkey PRIMARY KEY (id),
    CONSTRAINT loan_tapes_state CHECK (state IN ('receiving', 'received', 'loading', 'loaded', 'failed'))
);
CREATE INDEX loan_tapes_received ON loan_tapes (received_at, id);

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

GRANT SELECT, INSERT, UPDATE ON loan_tapes TO :role;
GRANT SELECT, INSERT, DELETE ON tape_chunks, tape_problems TO :role;
