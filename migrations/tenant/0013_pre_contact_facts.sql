-- What the gate judges from, beyond holds and history. Rows are added; all that ever changes is when one ended.
-- `reference` is the sender's own id of the fact: sending it again is no news.
ALTER TABLE contact_holds
    DROP CONSTRAINT contact_holds_kind,
    ADD CONSTRAINT contact_holds_kind CHECK (kind IN ('dispute', 'plan', 'breathing_space', 'mental_health_crisis', 'cease',
        'representation', 'statute_barred', 'bereavement', 'hardship', 'deceased', 'disaster', 'manual', 'bankruptcy',
        'debt_adviser', 'grievance', 'illness', 'marriage')),
    ADD COLUMN treatment_ended_on date;

-- The hours a person asked for, as minutes of the person's own day; one set stands at a time.
CREATE TABLE contact_preferences (
    id            uuid        NOT NULL,
    reference     text        NOT NULL,
    borrower_id   uuid        NOT NULL REFERENCES borrowers (id),
    starts        smallint[]  NOT NULL,
    ends          smallint[]  NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text        NOT NULL,
    withdrawn_at  timestamptz,
    withdrawn_by  text,
    CONSTRAINT contact_preferences_pkey PRIMARY KEY (id),
    CONSTRAINT contact_preferences_one_per_reference UNIQUE (reference),
    CONSTRAINT contact_preferences_hours CHECK (cardinality(starts) = cardinality(ends) AND cardinality(starts) > 0)
);
CREATE UNIQUE INDEX contact_preferences_one_standing ON contact_preferences (borrower_id) WHERE withdrawn_at IS NULL;
CREATE INDEX contact_preferences_borrower ON contact_preferences (borrower_id, recorded_at);
CREATE INDEX contact_preferences_recorded ON contact_preferences (recorded_at, id);

-- A consent that names a number is for that number alone.
CREATE TABLE contact_consents (
    id                uuid        NOT NULL,
    reference         text        NOT NULL,
    borrower_id       uuid        NOT NULL REFERENCES borrowers (id),
    kind              text        NOT NULL,
    starts_at         timestamptz NOT NULL,
    ends_at           timestamptz,
    contact_point_id  uuid        REFERENCES contact_points (id),
    recorded_at       timestamptz NOT NULL,
    recorded_by       text        NOT NULL,
    withdrawn_at      timestamptz,
    withdrawn_by      text,
    CONSTRAINT contact_consents_pkey PRIMARY KEY (id),
    CONSTRAINT contact_consents_one_per_reference UNIQUE (reference),
    CONSTRAINT contact_consents_kind CHECK (kind IN ('contact_slot', 'volunteer_payer', 'automated')),
    CONSTRAINT contact_consents_slot CHECK (kind <> 'contact_slot' OR ends_at > starts_at)
);
CREATE INDEX contact_consents_borrower ON contact_consents (borrower_id, recorded_at);
CREATE INDEX contact_consents_recorded ON contact_consents (recorded_at, id);

-- A refusal is of the person and for ever, whoever heard it and whatever the debt: no row is changed or deleted.
CREATE TABLE contact_refusals (
    id           uuid        NOT NULL,
    reference    text        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    loan_id      uuid        REFERENCES loans (id),
    actor        text        NOT NULL,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text        NOT NULL,
    CONSTRAINT contact_refusals_pkey PRIMARY KEY (id),
    CONSTRAINT contact_refusals_one_per_reference UNIQUE (reference)
);
CREATE INDEX contact_refusals_borrower ON contact_refusals (borrower_id, at);
CREATE INDEX contact_refusals_recorded ON contact_refusals (recorded_at, id);

-- Somebody who does not owe offered to pay.
CREATE TABLE payment_offers (
    id           uuid        NOT NULL,
    reference    text        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    loan_id      uuid        REFERENCES loans (id),
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text        NOT NULL,
    CONSTRAINT payment_offers_pkey PRIMARY KEY (id),
    CONSTRAINT payment_offers_one_per_reference UNIQUE (reference)
);
CREATE INDEX payment_offers_borrower ON payment_offers (borrower_id, at);
CREATE INDEX payment_offers_recorded ON payment_offers (recorded_at, id);

-- What became of a notice, step by step; without a loan it speaks of all of the person's debts.
CREATE TABLE contact_notices (
    id           uuid        NOT NULL,
    reference    text        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    loan_id      uuid        REFERENCES loans (id),
    kind         text        NOT NULL,
    agency       text        NOT NULL,
    status       text        NOT NULL,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text        NOT NULL,
    CONSTRAINT contact_notices_pkey PRIMARY KEY (id),
    CONSTRAINT contact_notices_one_per_step UNIQUE (reference, status),
    CONSTRAINT contact_notices_kind CHECK (kind IN ('outsourcing', 'assignment', 'transfer', 'validation')),
    CONSTRAINT contact_notices_status CHECK (status IN ('sent', 'delivered', 'failed')),
    CONSTRAINT contact_notices_agency CHECK ((kind = 'outsourcing') = (agency <> ''))
);
CREATE INDEX contact_notices_borrower ON contact_notices (borrower_id, at);
CREATE INDEX contact_notices_recorded ON contact_notices (recorded_at, id);

-- The person's own sign that a number is theirs: a text from it, or a check against a register of reassigned numbers.
CREATE TABLE number_confirmations (
    id                uuid        NOT NULL,
    reference         text        NOT NULL,
    borrower_id       uuid        NOT NULL REFERENCES borrowers (id),
    contact_point_id  uuid        NOT NULL REFERENCES contact_points (id),
    confirmed_on      date        NOT NULL,
    recorded_at       timestamptz NOT NULL,
    recorded_by       text        NOT NULL,
    CONSTRAINT number_confirmations_pkey PRIMARY KEY (id),
    CONSTRAINT number_confirmations_one_per_reference UNIQUE (reference)
);
CREATE INDEX number_confirmations_point ON number_confirmations (contact_point_id, confirmed_on);
CREATE INDEX number_confirmations_recorded ON number_confirmations (recorded_at, id);

-- The clocks that a number's area code points to. Derived when first needed, for the number itself is sealed.
CREATE TABLE number_zones (
    contact_point_id  uuid    NOT NULL REFERENCES contact_points (id),
    zones             text[]  NOT NULL,
    CONSTRAINT number_zones_pkey PRIMARY KEY (contact_point_id)
);

-- What is so about a person, until it ended. `contact_point_id`: the number that is at the place of work.
CREATE TABLE person_circumstances (
    id                uuid        NOT NULL,
    reference         text        NOT NULL,
    borrower_id       uuid        NOT NULL REFERENCES borrowers (id),
    kind              text        NOT NULL,
    contact_point_id  uuid        REFERENCES contact_points (id),
    recorded_at       timestamptz NOT NULL,
    recorded_by       text        NOT NULL,
    withdrawn_at      timestamptz,
    withdrawn_by      text,
    CONSTRAINT person_circumstances_pkey PRIMARY KEY (id),
    CONSTRAINT person_circumstances_one_per_reference UNIQUE (reference),
    CONSTRAINT person_circumstances_kind CHECK (kind IN ('vulnerable', 'under_age', 'work_contact_forbidden', 'work_number')),
    CONSTRAINT person_circumstances_number CHECK ((kind = 'work_number') = (contact_point_id IS NOT NULL))
);
CREATE INDEX person_circumstances_borrower ON person_circumstances (borrower_id, recorded_at);
CREATE INDEX person_circumstances_recorded ON person_circumstances (recorded_at, id);

-- What a person is to a loan beyond what the lender's tape says: spouse, heir, attorney, a guarantee and its period.
-- It speaks before the tape, which is written anew with each delivery.
CREATE TABLE loan_parties (
    id                        uuid        NOT NULL,
    reference                 text        NOT NULL,
    borrower_id               uuid        NOT NULL REFERENCES borrowers (id),
    loan_id                   uuid        NOT NULL REFERENCES loans (id),
    role                      text        NOT NULL,
    liability                 text        NOT NULL,
    inheritance               text,
    guarantee_due_on          date,
    guarantee_period_ends_on  date,
    guarantee_claimed_on      date,
    recorded_at               timestamptz NOT NULL,
    recorded_by               text        NOT NULL,
    withdrawn_at              timestamptz,
    withdrawn_by              text,
    CONSTRAINT loan_parties_pkey PRIMARY KEY (id),
    CONSTRAINT loan_parties_one_per_reference UNIQUE (reference),
    CONSTRAINT loan_parties_role CHECK (role IN ('guarantor', 'contact_person', 'spouse', 'heir', 'attorney', 'third_party')),
    CONSTRAINT loan_parties_liability CHECK (liability = 'none'
        OR (role = 'spouse' AND liability IN ('co_signed', 'family_use_proven'))),
    CONSTRAINT loan_parties_inheritance CHECK (inheritance IS NULL
        OR (role = 'heir' AND inheritance IN ('accepted', 'refused'))),
    CONSTRAINT loan_parties_guarantee CHECK ((role = 'guarantor') = (guarantee_due_on IS NOT NULL)
        AND (role = 'guarantor' OR (guarantee_period_ends_on IS NULL AND guarantee_claimed_on IS NULL)))
);
CREATE UNIQUE INDEX loan_parties_one_standing ON loan_parties (loan_id, borrower_id) WHERE withdrawn_at IS NULL;
CREATE INDEX loan_parties_borrower ON loan_parties (borrower_id, recorded_at);
CREATE INDEX loan_parties_recorded ON loan_parties (recorded_at, id);

-- What is so about a debt from a day on: it was assigned to another creditor, its limitation period is over.
CREATE TABLE debt_marks (
    id            uuid        NOT NULL,
    reference     text        NOT NULL,
    loan_id       uuid        NOT NULL REFERENCES loans (id),
    kind          text        NOT NULL,
    from_on       date        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text        NOT NULL,
    withdrawn_at  timestamptz,
    withdrawn_by  text,
    CONSTRAINT debt_marks_pkey PRIMARY KEY (id),
    CONSTRAINT debt_marks_one_per_reference UNIQUE (reference),
    CONSTRAINT debt_marks_kind CHECK (kind IN ('transferred', 'barred'))
);
CREATE UNIQUE INDEX debt_marks_one_standing ON debt_marks (loan_id, kind) WHERE withdrawn_at IS NULL;
CREATE INDEX debt_marks_loan ON debt_marks (loan_id, recorded_at);
CREATE INDEX debt_marks_recorded ON debt_marks (recorded_at, id);

-- A promise to pay that was given in the contact.
ALTER TABLE contacts ADD COLUMN promised boolean NOT NULL DEFAULT false;
-- What was asked of a person once is asked once for ever.
CREATE INDEX contacts_location ON contacts (borrower_id) WHERE purpose = 'location';

-- `found`: the code and the rule ids of every reason, so that a refused contact is found by either. Most contacts
-- are plainly allowed, have none, and cost these indexes nothing.
ALTER TABLE contact_verdicts
    ADD COLUMN found text[] NOT NULL DEFAULT '{}',
    ADD COLUMN actor text NOT NULL DEFAULT 'lender',
    ADD COLUMN agent_id uuid,
    ADD COLUMN contact_point_id uuid;
CREATE INDEX contact_verdicts_found ON contact_verdicts USING gin (found) WHERE found <> '{}';
CREATE INDEX contact_verdicts_reasoned ON contact_verdicts (at, id) WHERE found <> '{}';

-- The verdict that a slot belongs to names the same borrower: checking both was a tenth of the cost of a contact.
ALTER TABLE contact_slots DROP CONSTRAINT contact_slots_borrower_id_fkey;

GRANT SELECT, INSERT ON contact_refusals, payment_offers, contact_notices, number_confirmations, number_zones TO :role;
GRANT SELECT, INSERT, UPDATE ON contact_preferences, contact_consents, person_circumstances, loan_parties, debt_marks
    TO :role;
