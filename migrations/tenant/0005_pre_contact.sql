-- The gate's own tables: what stops a contact, every verdict, the slots that caps are made of, every touch.
CREATE TABLE contact_holds (
    id           uuid        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    loan_id      uuid        REFERENCES loans (id),
    kind         text        NOT NULL,
    from_on      date        NOT NULL,
    until_on     date,
    reason       text        NOT NULL,
    placed_by    text        NOT NULL,
    placed_at    timestamptz NOT NULL,
    lifted_at    timestamptz,
    lifted_by    text,
    lift_reason  text,
    CONSTRAINT contact_holds_pkey PRIMARY KEY (id),
    CONSTRAINT contact_holds_kind CHECK (kind IN ('dispute', 'plan', 'breathing_space', 'mental_health_crisis', 'cease',
        'representation', 'statute_barred', 'bereavement', 'hardship', 'deceased', 'disaster', 'manual')),
    CONSTRAINT contact_holds_days CHECK (until_on >= from_on)
);
CREATE INDEX contact_holds_standing ON contact_holds (borrower_id) WHERE lifted_at IS NULL;
CREATE INDEX contact_holds_placed ON contact_holds (placed_at, id);

-- Opting out twice is one opt-out; opting in again closes it and keeps it.
CREATE TABLE opt_outs (
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    channel      text        NOT NULL,
    at           timestamptz NOT NULL,
    source       text        NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT opt_outs_pkey PRIMARY KEY (borrower_id, channel, at),
    CONSTRAINT opt_outs_channel CHECK (channel IN ('call', 'ai_call', 'voicemail', 'sms', 'im', 'email', 'letter', 'visit'))
);
CREATE UNIQUE INDEX opt_outs_one_standing ON opt_outs (borrower_id, channel) WHERE withdrawn_at IS NULL;
CREATE INDEX opt_outs_at ON opt_outs (at, borrower_id, channel);

CREATE TABLE contact_verdicts (
    id              uuid        NOT NULL,
    at              timestamptz NOT NULL,
    judged_for      timestamptz NOT NULL,
    phase           text        NOT NULL,
    borrower_id     uuid        NOT NULL REFERENCES borrowers (id),
    loans           uuid[]      NOT NULL,
    channel         text        NOT NULL,
    purpose         text        NOT NULL,
    verdict         text        NOT NULL,
    until           timestamptz,
    reasons         jsonb       NOT NULL,
    duties          text[]      NOT NULL,
    pack            text        NOT NULL,
    pack_version    text        NOT NULL,
    policy_version  integer     NOT NULL,
    message_id      uuid,
    CONSTRAINT contact_verdicts_pkey PRIMARY KEY (id),
    CONSTRAINT contact_verdicts_answer UNIQUE (id, verdict),
    CONSTRAINT contact_verdicts_verdict CHECK (verdict IN ('ALLOW', 'HOLD', 'REVIEW', 'DENY')),
    CONSTRAINT contact_verdicts_phase CHECK (phase IN ('plan', 'send', 'permit'))
);
CREATE INDEX contact_verdicts_borrower ON contact_verdicts (borrower_id, at, id);
CREATE INDEX contact_verdicts_at ON contact_verdicts (at, id);

-- A cap is a constraint: the n-th slot of a counter's window can be taken once.
CREATE TABLE contact_slots (
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    counter      text        NOT NULL,
    window_on    date        NOT NULL,
    ordinal      smallint    NOT NULL,
    taken_at     timestamptz NOT NULL,
    verdict_id   uuid        NOT NULL REFERENCES contact_verdicts (id),
    CONSTRAINT contact_slots_pkey PRIMARY KEY (borrower_id, counter, window_on, ordinal)
);
CREATE INDEX contact_slots_verdict ON contact_slots (verdict_id);

-- A touch. One that we make is written with its allowing verdict, under the verdict's id, before it leaves:
-- until its outcome is known it counts.
CREATE TABLE contacts (
    id                uuid        NOT NULL,
    borrower_id       uuid        NOT NULL REFERENCES borrowers (id),
    at                timestamptz NOT NULL,
    channel           text        NOT NULL,
    direction         text        NOT NULL,
    purpose           text        NOT NULL,
    outcome           text        NOT NULL,
    actor             text        NOT NULL,
    loans             uuid[]      NOT NULL,
    contact_point_id  uuid,
    verdict_id        uuid        REFERENCES contact_verdicts (id),
    message_id        uuid,
    CONSTRAINT contacts_pkey PRIMARY KEY (id),
    CONSTRAINT contacts_direction CHECK (direction IN ('outbound', 'inbound')),
    CONSTRAINT contacts_outcome CHECK (outcome IN ('connected', 'unanswered', 'invalid', 'delivered', 'failed', 'visited',
        'sent', 'unknown'))
);
CREATE INDEX contacts_borrower ON contacts (borrower_id, at);
CREATE INDEX contacts_at ON contacts (at, id);

GRANT SELECT, INSERT, UPDATE ON contact_holds, opt_outs, contacts TO :role;
GRANT SELECT, INSERT ON contact_verdicts TO :role;
GRANT SELECT, INSERT, DELETE ON contact_slots TO :role;
