-- Rehearsals: what two versions of the tenant's files would do over the same days. Nothing of it is ever sent.
CREATE TABLE rehearsals (
    id           uuid        NOT NULL,
    asked_at     timestamptz NOT NULL,
    asked_by     text        NOT NULL,
    mode         text        NOT NULL,
    first_on     date        NOT NULL,
    last_on      date        NOT NULL,
    -- Side a: a published version. Side b: another one, or files that nobody published yet.
    version      integer     NOT NULL,
    other        integer,
    proposed     jsonb       NOT NULL,
    state        text        NOT NULL,
    -- Borrowers up to this one, in the order of their ids, are done.
    reached      uuid,
    borrowers    bigint      NOT NULL DEFAULT 0,
    counts       jsonb       NOT NULL DEFAULT '{}',
    finished_at  timestamptz,
    CONSTRAINT rehearsals_pkey PRIMARY KEY (id),
    CONSTRAINT rehearsals_mode CHECK (mode IN ('history', 'forecast')),
    CONSTRAINT rehearsals_days CHECK (last_on >= first_on),
    CONSTRAINT rehearsals_state CHECK (state IN ('running', 'done')),
    CONSTRAINT rehearsals_finished CHECK ((state = 'done') = (finished_at IS NOT NULL))
);
CREATE INDEX rehearsals_asked ON rehearsals (asked_at, id);

-- A step that the two sides treat differently; a side that has no such step is null.
CREATE TABLE rehearsal_differences (
    rehearsal_id  uuid        NOT NULL REFERENCES rehearsals (id),
    loan_id       uuid        NOT NULL REFERENCES loans (id),
    planned_for   date        NOT NULL,
    channel       text        NOT NULL,
    borrower_id   uuid        NOT NULL REFERENCES borrowers (id),
    was_step      text,
    was_outcome   text,
    was_reasons   text,
    is_step       text,
    is_outcome    text,
    is_reasons    text,
    CONSTRAINT rehearsal_differences_pkey PRIMARY KEY (rehearsal_id, loan_id, planned_for, channel),
    CONSTRAINT rehearsal_differences_differ CHECK (was_step IS NOT NULL OR is_step IS NOT NULL)
);

GRANT SELECT, INSERT, UPDATE ON rehearsals TO :role;
GRANT SELECT, INSERT ON rehearsal_differences TO :role;
