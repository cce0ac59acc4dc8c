-- Applications for loans. Amounts are minor units of `currency`; what is known of the applicant is ciphertext under the
-- borrower's own key, so that erasing the borrower makes it unreadable. `state` is what was written last: an application
-- that ran out of time is expired from `expires_on` on, whatever stands here.
CREATE TABLE applications (
    id             uuid        NOT NULL,
    reference      text        NOT NULL,
    borrower_id    uuid        NOT NULL REFERENCES borrowers (id),
    product        text        NOT NULL,
    currency       char(3)     NOT NULL,
    amount         bigint      NOT NULL,
    count          integer     NOT NULL,
    state          text        NOT NULL,
    advice         text,
    -- A final knock-out rule applied: nobody can approve it.
    barred         boolean     NOT NULL DEFAULT false,
    -- Persons: whoever had a hand in it, and whoever decided it. No one is ever both.
    makers         text[]      NOT NULL,
    deciders       text[]      NOT NULL DEFAULT '{}',
    approved_by    text,
    digest         bytea       NOT NULL,
    sealed         bytea       NOT NULL,
    -- The product as it was offered when the application was submitted.
    offer          jsonb,
    rules_version  integer     NOT NULL,
    steps          integer     NOT NULL,
    expires_on     date,
    accepted_on    date,
    pays_from      date,
    disbursed_on   date,
    disbursement   text,
    loan_id        uuid        REFERENCES loans (id),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT applications_pkey PRIMARY KEY (id),
    CONSTRAINT applications_one_per_reference UNIQUE (reference),
    CONSTRAINT applications_one_per_disbursement UNIQUE (disbursement),
    CONSTRAINT applications_one_per_loan UNIQUE (loan_id),
    CONSTRAINT applications_positive CHECK (amount > 0 AND count > 0),
    CONSTRAINT applications_state CHECK (state IN ('draft', 'submitted', 'scored', 'referred', 'approved', 'declined',
        'accepted', 'disbursed', 'withdrawn', 'expired')),
    CONSTRAINT applications_advice CHECK (advice IN ('approve', 'refer', 'decline')),
    CONSTRAINT applications_second_person CHECK (NOT makers && deciders AND (approved_by IS NULL OR approved_by = ANY (deciders))),
    CONSTRAINT applications_approved CHECK (state NOT IN ('approved', 'accepted', 'disbursed')
        OR (approved_by IS NOT NULL AND offer IS NOT NULL AND NOT barred)),
    CONSTRAINT applications_disbursed CHECK ((state = 'disbursed') = (loan_id IS NOT NULL)
        AND (loan_id IS NULL) = (disbursement IS NULL) AND (loan_id IS NULL) = (disbursed_on IS NULL)
        AND (state <> 'disbursed' OR (accepted_on IS NOT NULL AND disbursed_on >= pays_from)))
) WITH (fillfactor = 80);
CREATE INDEX applications_age ON applications (created_at, id);
CREATE INDEX applications_by_state ON applications (state, created_at, id);
CREATE INDEX applications_borrower ON applications (borrower_id, created_at, id);
-- One open application of a borrower for a product, whoever asks at the same moment.
CREATE UNIQUE INDEX applications_one_open ON applications (borrower_id, product)
    WHERE state IN ('draft', 'submitted', 'scored', 'referred', 'approved', 'accepted');

-- What happened to an application, in order. `decision` is the working of the scorecard: bands and points, no values.
CREATE TABLE application_steps (
    application_id  uuid        NOT NULL REFERENCES applications (id),
    number          integer     NOT NULL,
    before          text,
    after           text        NOT NULL,
    at              timestamptz NOT NULL,
    actor           text        NOT NULL,
    because         text        NOT NULL DEFAULT '',
    reasons         jsonb       NOT NULL DEFAULT '[]',
    rules_version   integer     NOT NULL,
    decision        jsonb,
    CONSTRAINT application_steps_pkey PRIMARY KEY (application_id, number),
    -- Nobody is declined without being told why.
    CONSTRAINT application_steps_reasoned CHECK (after <> 'declined' OR jsonb_array_length(reasons) > 0)
);

GRANT SELECT, INSERT, UPDATE ON applications TO :role;
GRANT SELECT, INSERT ON application_steps TO :role;
