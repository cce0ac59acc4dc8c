-- The plan: one row per loan, due date and step, written once, whatever dies. A row is never changed.
CREATE TABLE cadence_steps (
    loan_id          uuid        NOT NULL REFERENCES loans (id),
    -- Due date of the oldest unpaid instalment the step was counted from.
    anchor_on        date        NOT NULL,
    step             text        NOT NULL,
    borrower_id      uuid        NOT NULL REFERENCES borrowers (id),
    cadence          text        NOT NULL,
    -- Version of the tenant's files that said so: a cadence edited later leaves this row as it is.
    policy_version   integer     NOT NULL,
    channel          text        NOT NULL,
    planned_for      date        NOT NULL,
    planned_at       timestamptz NOT NULL,
    outcome          text        NOT NULL,
    reason           text        NOT NULL DEFAULT '',
    message_id       uuid,
    verdict_id       uuid        REFERENCES contact_verdicts (id),
    CONSTRAINT cadence_steps_pkey PRIMARY KEY (loan_id, anchor_on, step),
    CONSTRAINT cadence_steps_outcome CHECK (outcome IN ('planned', 'held', 'denied', 'skipped', 'superseded')),
    CONSTRAINT cadence_steps_message CHECK ((outcome IN ('planned', 'held')) = (message_id IS NOT NULL)),
    -- Whoever was not reminded has a verdict or a reason that says why.
    CONSTRAINT cadence_steps_explained CHECK (outcome NOT IN ('planned', 'held', 'denied') OR verdict_id IS NOT NULL),
    CONSTRAINT cadence_steps_reasoned CHECK (outcome NOT IN ('skipped', 'superseded') OR reason <> '')
);
CREATE INDEX cadence_steps_day ON cadence_steps (planned_for, loan_id, anchor_on, step);
CREATE INDEX cadence_steps_borrower ON cadence_steps (borrower_id, planned_for);
CREATE INDEX cadence_steps_by_message ON cadence_steps (message_id) WHERE message_id IS NOT NULL;

-- How far this tenant's plan reaches. Its one row is also the lock that makes planners take turns.
CREATE TABLE planner_days (
    single           boolean NOT NULL DEFAULT true,
    planned_through  date    NOT NULL,
    CONSTRAINT planner_days_pkey PRIMARY KEY (single),
    CONSTRAINT planner_days_one_row CHECK (single)
);

GRANT SELECT, INSERT ON cadence_steps TO :role;
GRANT SELECT, INSERT, UPDATE ON planner_days TO :role;
