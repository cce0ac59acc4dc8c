-- Permits: one contact by hand, allowed once, for minutes, to one asker. The id is the allowing verdict's, and the foreign
-- key holds the word ALLOW. `asked` is what is needed to judge again (text, visit), ciphertext under the borrower's key.
CREATE TABLE permits (
    id                uuid        NOT NULL,
    verdict           text        NOT NULL DEFAULT 'ALLOW',
    borrower_id       uuid        NOT NULL REFERENCES borrowers (id),
    contact_point_id  uuid        NOT NULL REFERENCES contact_points (id),
    loans             uuid[]      NOT NULL,
    channel           text        NOT NULL,
    purpose           text        NOT NULL,
    asked_by          text        NOT NULL,
    agent_id          uuid        REFERENCES agents (id),
    actor             text        NOT NULL,
    sender            text,
    asked             bytea       NOT NULL,
    state             text        NOT NULL,
    issued_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    revealed_at       timestamptz,
    -- The verdict at the moment of revealing, whatever it said.
    judged_again_id   uuid        REFERENCES contact_verdicts (id),
    closed_at         timestamptz,
    outcome           text,
    CONSTRAINT permits_pkey PRIMARY KEY (id),
    CONSTRAINT permits_allowed CHECK (verdict = 'ALLOW'),
    CONSTRAINT permits_verdict FOREIGN KEY (id, verdict) REFERENCES contact_verdicts (id, verdict),
    CONSTRAINT permits_state CHECK (state IN ('issued', 'revealed', 'recorded', 'overdue', 'released', 'withdrawn')),
    CONSTRAINT permits_minutes CHECK (expires_at > issued_at AND expires_at <= issued_at + interval '60 minutes'),
    CONSTRAINT permits_revealed_in_time CHECK (revealed_at >= issued_at AND revealed_at < expires_at),
    CONSTRAINT permits_shown CHECK ((state IN ('revealed', 'recorded', 'overdue')) = (revealed_at IS NOT NULL)),
    CONSTRAINT permits_closed CHECK ((state IN ('recorded', 'released', 'withdrawn')) = (closed_at IS NOT NULL)),
    CONSTRAINT permits_outcome CHECK ((state = 'recorded') = (outcome IS NOT NULL))
);
CREATE INDEX permits_listed ON permits (issued_at, id);
CREATE INDEX permits_running_out ON permits (expires_at, id) WHERE state IN ('issued', 'revealed');
CREATE INDEX permits_owed ON permits (asked_by, agent_id) WHERE state IN ('revealed', 'overdue');
CREATE INDEX permits_owed_by_agent ON permits (agent_id) WHERE state IN ('revealed', 'overdue');
CREATE INDEX permits_borrower ON permits (borrower_id, issued_at);

-- What somebody wrote down about a contact, sealed, and what the content check found in it when it arrived.
CREATE TABLE contact_notes (
    contact_id   uuid        NOT NULL REFERENCES contacts (id),
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    sealed       bytea       NOT NULL,
    classes      text[]      NOT NULL,
    flagged      boolean     NOT NULL,
    written_by   text        NOT NULL,
    written_at   timestamptz NOT NULL,
    CONSTRAINT contact_notes_pkey PRIMARY KEY (contact_id)
);
CREATE INDEX contact_notes_listed ON contact_notes (written_at, contact_id);
CREATE INDEX contact_notes_flagged ON contact_notes (written_at, contact_id) WHERE flagged;

-- A touch that names a verdict names an allowing one. Rows of before are as they were made: under an ALLOW, or under none.
ALTER TABLE contacts ADD COLUMN verdict text NOT NULL DEFAULT 'ALLOW';
ALTER TABLE contacts ADD CONSTRAINT contacts_allowed CHECK (verdict = 'ALLOW') NOT VALID;
ALTER TABLE contacts ADD CONSTRAINT contacts_verdict FOREIGN KEY (verdict_id, verdict)
    REFERENCES contact_verdicts (id, verdict) NOT VALID;
ALTER TABLE contacts DROP CONSTRAINT contacts_verdict_id_fkey;
-- `not_made`: it was allowed and did not take place; it counts for nothing, not even as an attempt.
ALTER TABLE contacts DROP CONSTRAINT contacts_outcome;
ALTER TABLE contacts ADD CONSTRAINT contacts_outcome CHECK (outcome IN ('connected', 'unanswered', 'invalid', 'delivered',
    'failed', 'visited', 'sent', 'unknown', 'not_made')) NOT VALID;

GRANT SELECT, INSERT ON permits, contact_notes TO :role;
-- Who asked, for whom, and until when are as they were granted; only what became of it moves.
GRANT UPDATE (state, revealed_at, judged_again_id, closed_at, outcome) ON permits TO :role;
