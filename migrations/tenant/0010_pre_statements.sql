-- Bank and payment statements: the files as they came, the accounts they speak of, each entry once, and what became of it.
CREATE TABLE statement_files (
    id             uuid        NOT NULL,
    filename       text        NOT NULL,
    -- SHA-256 of the bytes: sending a file again is no new file.
    digest         bytea       NOT NULL,
    bytes          bigint      NOT NULL,
    format         text        NOT NULL,
    profile        text        NOT NULL,
    state          text        NOT NULL,
    received_by    text        NOT NULL,
    received_at    timestamptz NOT NULL,
    finished_at    timestamptz,
    entries        bigint      NOT NULL DEFAULT 0,
    added          bigint      NOT NULL DEFAULT 0,
    duplicates     bigint      NOT NULL DEFAULT 0,
    -- What is wrong with it, while it is quarantined, and what people should know of it otherwise. No personal data.
    faults         jsonb       NOT NULL DEFAULT '[]',
    notices        jsonb       NOT NULL DEFAULT '[]',
    CONSTRAINT statement_files_pkey PRIMARY KEY (id),
    CONSTRAINT statement_files_once UNIQUE (digest),
    CONSTRAINT statement_files_state CHECK (state IN ('received', 'quarantined', 'loading', 'loaded'))
);
CREATE INDEX statement_files_received ON statement_files (received_at, id);

-- The lender's own accounts and merchant numbers that statements speak of; one row per currency.
CREATE TABLE statement_accounts (
    id            uuid        NOT NULL,
    scheme        text        NOT NULL,
    currency      char(3)     NOT NULL,
    blind         bytea       NOT NULL,
    sealed        bytea       NOT NULL,
    masked        text        NOT NULL,
    first_seen_at timestamptz NOT NULL,
    CONSTRAINT statement_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT statement_accounts_once UNIQUE (scheme, currency, blind)
);

CREATE TABLE statements (
    id           uuid    NOT NULL,
    account_id   uuid    NOT NULL REFERENCES statement_accounts (id),
    file_id      uuid    NOT NULL REFERENCES statement_files (id),
    -- What the bank calls it; banks use these again every year, so they identify nothing alone.
    reference    text    NOT NULL,
    sequence     text    NOT NULL,
    from_on      date,
    to_on        date,
    opening      bigint,
    closing      bigint,
    entries      bigint  NOT NULL,
    fingerprint  bytea   NOT NULL,
    CONSTRAINT statements_pkey PRIMARY KEY (id),
    CONSTRAINT statements_once UNIQUE (account_id, fingerprint)
);
CREATE INDEX statements_chain ON statements (account_id, to_on) WHERE closing IS NOT NULL;
CREATE INDEX statements_file ON statements (file_id);

-- One row per entry, or per transaction where an entry divides into several (`part` from 1).
CREATE TABLE statement_entries (
    id             uuid        NOT NULL,
    account_id     uuid        NOT NULL REFERENCES statement_accounts (id),
    statement_id   uuid        NOT NULL REFERENCES statements (id),
    file_id        uuid        NOT NULL REFERENCES statement_files (id),
    -- The ladder: a provider's own id, or a keyed fingerprint of the content with its count within the statement day.
    scheme         text        NOT NULL,
    key            bytea       NOT NULL,
    occurrence     integer     NOT NULL,
    part           integer     NOT NULL,
    place          bigint      NOT NULL,
    line           bigint      NOT NULL,
    booked_on      date,
    value_on       date,
    amount         bigint      NOT NULL,
    currency       char(3)     NOT NULL,
    direction      text        NOT NULL,
    state          text        NOT NULL,
    kind           text        NOT NULL,
    takes_back     boolean     NOT NULL,
    refund_of      text        NOT NULL,
    reference_list jsonb       NOT NULL,
    -- What a later refund or reversal may name this entry by.
    links          text[]      NOT NULL,
    counterparty   bytea,
    text           bytea,
    name_blind     bytea,
    account_blind  bytea,
    masked_name    text        NOT NULL,
    masked_account text        NOT NULL,
    disposition    text        NOT NULL DEFAULT 'waiting',
    reason         text        NOT NULL DEFAULT '',
    match          jsonb       NOT NULL DEFAULT '{}',
    payment_ids    uuid[]      NOT NULL DEFAULT '{}',
    suspense_id    uuid,
    original_id    uuid        REFERENCES statement_entries (id),
    -- True while a person has to look at it.
    open           boolean     NOT NULL DEFAULT false,
    settled_by     text        NOT NULL DEFAULT '',
    settled_at     timestamptz,
    created_at     timestamptz NOT NULL,
    CONSTRAINT statement_entries_pkey PRIMARY KEY (id),
    CONSTRAINT statement_entries_once UNIQUE (account_id, scheme, key, part),
    CONSTRAINT statement_entries_not_negative CHECK (amount >= 0),
    CONSTRAINT statement_entries_direction CHECK (direction IN ('credit', 'debit', 'neutral')),
    CONSTRAINT statement_entries_disposition CHECK (disposition IN
        ('waiting', 'matched', 'suspense', 'ignored', 'unmatched', 'reversed', 'returned')),
    CONSTRAINT statement_entries_held CHECK (disposition <> 'suspense' OR suspense_id IS NOT NULL),
    CONSTRAINT statement_entries_paid CHECK (disposition <> 'matched' OR payment_ids <> '{}')
) WITH (fillfactor = 80);
CREATE INDEX statement_entries_waiting ON statement_entries (file_id, takes_back, place, part)
    WHERE disposition = 'waiting';
CREATE INDEX statement_entries_days ON statement_entries (account_id, booked_on);
CREATE INDEX statement_entries_file ON statement_entries (file_id, place, part);
CREATE INDEX statement_entries_open ON statement_entries (created_at, id) WHERE open;
CREATE INDEX statement_entries_unlinked ON statement_entries (account_id)
    WHERE disposition = 'unmatched' AND takes_back;
CREATE INDEX statement_entries_original ON statement_entries (original_id) WHERE original_id IS NOT NULL;
CREATE INDEX statement_entries_links ON statement_entries USING gin (links);

-- What a debtor pays from or by: a virtual account of theirs, their own account, a payment request's number.
CREATE TABLE payer_marks (
    id           uuid        NOT NULL,
    kind         text        NOT NULL,
    blind        bytea       NOT NULL,
    masked       text        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    loan_id      uuid        REFERENCES loans (id),
    created_at   timestamptz NOT NULL,
    CONSTRAINT payer_marks_pkey PRIMARY KEY (id),
    CONSTRAINT payer_marks_once UNIQUE NULLS NOT DISTINCT (kind, blind, borrower_id, loan_id),
    CONSTRAINT payer_marks_kind CHECK (kind IN ('sub_account', 'payer_account', 'payment_request'))
);
-- A virtual account or a request number belongs to one debtor; people share bank accounts.
CREATE UNIQUE INDEX payer_marks_exclusive ON payer_marks (kind, blind) WHERE kind <> 'payer_account';
CREATE INDEX payer_marks_borrower ON payer_marks (borrower_id);
CREATE INDEX payer_marks_age ON payer_marks (created_at, id);

-- An account is never changed, but held while a file of it is taken in, and that takes the right to.
GRANT SELECT, INSERT, UPDATE ON statement_files, statement_entries, statement_accounts TO :role;
GRANT SELECT, INSERT ON statements TO :role;
GRANT SELECT, INSERT, DELETE ON payer_marks TO :role;
