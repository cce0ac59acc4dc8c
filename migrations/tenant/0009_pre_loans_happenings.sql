-- What happens to a loan beside payments, money nobody has claimed yet, and where a loan stood when.

-- Charges have components of their own, and the lender may give up any component.
ALTER TABLE instalments
    ADD COLUMN fees             bigint NOT NULL DEFAULT 0,
    ADD COLUMN penalties        bigint NOT NULL DEFAULT 0,
    ADD COLUMN fees_paid        bigint NOT NULL DEFAULT 0,
    ADD COLUMN penalties_paid   bigint NOT NULL DEFAULT 0,
    ADD COLUMN principal_waived bigint NOT NULL DEFAULT 0,
    ADD COLUMN interest_waived  bigint NOT NULL DEFAULT 0,
    ADD COLUMN costs_waived     bigint NOT NULL DEFAULT 0,
    ADD COLUMN fees_waived      bigint NOT NULL DEFAULT 0,
    ADD COLUMN penalties_waived bigint NOT NULL DEFAULT 0;
ALTER TABLE instalments ADD CONSTRAINT instalments_parts_not_negative CHECK (
        fees >= 0 AND penalties >= 0 AND fees_paid >= 0 AND penalties_paid >= 0 AND principal_waived >= 0
        AND interest_waived >= 0 AND costs_waived >= 0 AND fees_waived >= 0 AND penalties_waived >= 0) NOT VALID;
ALTER TABLE instalments ADD CONSTRAINT instalments_not_oversettled CHECK (
        principal_paid + principal_waived <= principal AND interest_paid + interest_waived <= interest
        AND costs_paid + costs_waived <= costs AND fees_paid + fees_waived <= fees
        AND penalties_paid + penalties_waived <= penalties) NOT VALID;
ALTER TABLE instalments VALIDATE CONSTRAINT instalments_parts_not_negative;
ALTER TABLE instalments VALIDATE CONSTRAINT instalments_not_oversettled;

-- `contract`: what was agreed when the loan was opened; it decides what every later replay comes to. A loan without
-- one is as its columns and instalments say. `plain`: only payments ever happened and nothing accrues.
ALTER TABLE loans
    ADD COLUMN contract         jsonb,
    ADD COLUMN plain            boolean NOT NULL DEFAULT true,
    ADD COLUMN last_happened_on date,
    ADD COLUMN charged_off_on   date,
    DROP CONSTRAINT loans_method;
ALTER TABLE loans ADD CONSTRAINT loans_method CHECK (method IN
    ('equal_instalment', 'equal_principal', 'interest_first', 'bullet', 'flat', 'as_on_tape')) NOT VALID;
ALTER TABLE loans VALIDATE CONSTRAINT loans_method;
ALTER TABLE loans ADD CONSTRAINT loans_contract_unless_plain CHECK (plain OR contract IS NOT NULL) NOT VALID;
ALTER TABLE loans VALIDATE CONSTRAINT loans_contract_unless_plain;
CREATE INDEX loans_charged_off ON loans (charged_off_on) WHERE charged_off_on IS NOT NULL;

-- Money that came in and that no loan has taken yet. Only `left` and `state` ever change.
CREATE TABLE suspense_items (
    id           uuid        NOT NULL,
    reference    text        NOT NULL,
    amount       bigint      NOT NULL,
    "left"       bigint      NOT NULL,
    currency     char(3)     NOT NULL,
    received_on  date        NOT NULL,
    source       text        NOT NULL,
    state        text        NOT NULL DEFAULT 'held',
    booked_at    timestamptz NOT NULL,
    CONSTRAINT suspense_items_pkey PRIMARY KEY (id),
    CONSTRAINT suspense_items_one_per_reference UNIQUE (reference),
    CONSTRAINT suspense_items_amount CHECK (amount > 0 AND "left" BETWEEN 0 AND amount),
    CONSTRAINT suspense_items_state CHECK (state IN ('held', 'assigned', 'returned')),
    CONSTRAINT suspense_items_emptied CHECK ((state = 'held') = ("left" > 0))
);
CREATE INDEX suspense_items_age ON suspense_items (booked_at, id);
CREATE INDEX suspense_items_held ON suspense_items (booked_at, id) WHERE state = 'held';

-- What was done with an item, once per reference: assigned to loans, or returned to whoever sent it.
CREATE TABLE suspense_moves (
    id           uuid        NOT NULL,
    suspense_id  uuid        NOT NULL REFERENCES suspense_items (id),
    kind         text        NOT NULL,
    reference    text        NOT NULL,
    amount       bigint      NOT NULL,
    moved_on     date        NOT NULL,
    reason       text,
    booked_at    timestamptz NOT NULL,
    CONSTRAINT suspense_moves_pkey PRIMARY KEY (id),
    CONSTRAINT suspense_moves_one_per_reference UNIQUE (reference),
    CONSTRAINT suspense_moves_kind CHECK (kind IN ('assigned', 'returned')),
    CONSTRAINT suspense_moves_amount CHECK (amount > 0)
);
CREATE INDEX suspense_moves_item ON suspense_moves (suspense_id);

-- `part_of` names the first payment of one receipt that was split over loans, `suspense_id` the item it came from.
-- `effect`: what the payment settled when it was booked, for loans that are not plain; of others its entry says it.
ALTER TABLE payments
    ADD COLUMN kind        text NOT NULL DEFAULT 'repayment',
    ADD COLUMN in_advance  text,
    ADD COLUMN cause       text,
    ADD COLUMN effect      jsonb,
    ADD COLUMN part_of     uuid REFERENCES payments (id),
    ADD COLUMN suspense_id uuid REFERENCES suspense_items (id);
ALTER TABLE payments ADD CONSTRAINT payments_kind CHECK (kind IN
    ('repayment', 'down_payment', 'goodwill', 'merchant_refund', 'payout_refund')) NOT VALID;
ALTER TABLE payments ADD CONSTRAINT payments_cause CHECK (cause IS NULL OR (reverses IS NOT NULL AND cause IN
    ('bounced', 'charged_back', 'booked_wrongly', 'unidentified'))) NOT VALID;
ALTER TABLE payments ADD CONSTRAINT payments_in_advance CHECK (in_advance IN
    ('next', 'last', 'smaller', 'shorter', 'credit')) NOT VALID;
ALTER TABLE payments VALIDATE CONSTRAINT payments_kind;
ALTER TABLE payments VALIDATE CONSTRAINT payments_in_advance;
ALTER TABLE payments VALIDATE CONSTRAINT payments_cause;
CREATE INDEX payments_parts ON payments (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX payments_suspense ON payments (suspense_id) WHERE suspense_id IS NOT NULL;

-- Everything that happens to a loan and is no payment. `seq` is drawn from the payments' own sequence: arrival has
-- one order. A happening that was wrong is undone by another that names it; neither is part of the loan's life.
CREATE TABLE happenings (
    id         uuid        NOT NULL,
    seq        bigint      NOT NULL DEFAULT nextval('payments_seq_seq'),
    loan_id    uuid        NOT NULL REFERENCES loans (id),
    kind       text        NOT NULL,
    value_on   date        NOT NULL,
    amount     bigint,
    currency   char(3)     NOT NULL,
    reference  text        NOT NULL,
    details    jsonb       NOT NULL DEFAULT '{}',
    undoes     uuid        REFERENCES happenings (id),
    reason     text,
    booked_at  timestamptz NOT NULL,
    CONSTRAINT happenings_pkey PRIMARY KEY (id),
    CONSTRAINT happenings_one_per_reference UNIQUE (reference),
    CONSTRAINT happenings_undone_once UNIQUE (undoes),
    CONSTRAINT happenings_kind CHECK (kind IN ('disbursed', 'charged', 'waived', 'charge_adjusted', 'charged_back',
        'refunded', 'charged_off', 'rate_changed', 'rescheduled', 're_aged', 'reamortised', 'closed', 'undone')),
    CONSTRAINT happenings_undoing CHECK ((kind = 'undone') = (undoes IS NOT NULL)),
    CONSTRAINT happenings_positive CHECK (amount > 0)
);
CREATE INDEX happenings_loan ON happenings (loan_id, value_on, seq);

-- Money in suspense belongs to no loan yet; everything else names its loan.
ALTER TABLE postings
    ALTER COLUMN loan_id DROP NOT NULL,
    ADD COLUMN happening_id uuid REFERENCES happenings (id),
    ADD COLUMN suspense_id  uuid REFERENCES suspense_items (id),
    DROP CONSTRAINT postings_kind,
    DROP CONSTRAINT postings_account;
ALTER TABLE postings ADD CONSTRAINT postings_kind CHECK (kind IN
    ('opening', 'terms', 'payment', 'reversal', 'replay', 'write_off', 'suspense', 'disbursement', 'charge', 'waiver',
     'adjustment', 'charge_back', 'refund', 'charge_off', 'rate_change', 'reschedule', 're_ageing', 're_amortisation',
     'closing', 'undoing')) NOT VALID;
ALTER TABLE postings ADD CONSTRAINT postings_account CHECK (account IN
    ('cash', 'principal', 'interest', 'costs', 'fees', 'penalties', 'unearned', 'earned', 'credit', 'suspense',
     'waived', 'written_off', 'recovered')) NOT VALID;
ALTER TABLE postings ADD CONSTRAINT postings_of_a_loan CHECK (loan_id IS NOT NULL
    OR (suspense_id IS NOT NULL AND kind = 'suspense' AND account IN ('cash', 'suspense'))) NOT VALID;
ALTER TABLE postings VALIDATE CONSTRAINT postings_kind;
ALTER TABLE postings VALIDATE CONSTRAINT postings_account;
ALTER TABLE postings VALIDATE CONSTRAINT postings_of_a_loan;
CREATE INDEX postings_suspense ON postings (suspense_id, id) WHERE suspense_id IS NOT NULL;

-- Where a loan stood from `booked_at` on, in the order `seq`; a row whenever one of state, past_due_since or "is
-- anything owed" becomes another, and when the loan is opened. `cause` is the payment or happening, or the loan.
CREATE TABLE standings (
    loan_id         uuid        NOT NULL REFERENCES loans (id),
    seq             bigint      GENERATED BY DEFAULT AS IDENTITY,
    booked_at       timestamptz NOT NULL,
    value_on        date        NOT NULL,
    state           text        NOT NULL,
    past_due_since  date,
    outstanding     bigint      NOT NULL,
    cause           uuid        NOT NULL,
    CONSTRAINT standings_pkey PRIMARY KEY (loan_id, seq),
    CONSTRAINT standings_state CHECK (state IN ('open', 'settled', 'charged_off', 'closed')),
    CONSTRAINT standings_not_negative CHECK (outstanding >= 0)
);
CREATE INDEX standings_age ON standings (booked_at, loan_id);
-- What a loan stood at when it was charged off: reports keep its bucket, recovery is counted from it.
CREATE INDEX standings_charged_off ON standings (loan_id, seq) WHERE state = 'charged_off';

-- Being late is not counted from the end of `starts_on` to the end of `ends_on`. A pause only ever gains an end: the
-- day it was lifted on, and the instant, so that every day can be counted as it was known then.
CREATE TABLE pauses (
    id         uuid        NOT NULL,
    loan_id    uuid        NOT NULL REFERENCES loans (id),
    reference  text        NOT NULL,
    starts_on  date        NOT NULL,
    ends_on    date,
    reason     text        NOT NULL,
    placed_at  timestamptz NOT NULL,
    lifted_on  date,
    lifted_at  timestamptz,
    CONSTRAINT pauses_pkey PRIMARY KEY (id),
    CONSTRAINT pauses_one_per_reference UNIQUE (reference),
    CONSTRAINT pauses_end_after_start CHECK (ends_on >= starts_on AND lifted_on >= starts_on),
    CONSTRAINT pauses_lifted CHECK ((lifted_on IS NULL) = (lifted_at IS NULL))
);
CREATE INDEX pauses_loan ON pauses (loan_id, starts_on);

-- A guarantor may be liable up to an amount, and until a day; NULL: for the whole, and for good.
ALTER TABLE obligors
    ADD COLUMN limit_amount bigint,
    ADD COLUMN liable_until date;
ALTER TABLE obligors ADD CONSTRAINT obligors_limits_of_liable CHECK ((limit_amount IS NULL AND liable_until IS NULL)
    OR role <> 'contact_person') NOT VALID;
ALTER TABLE obligors ADD CONSTRAINT obligors_limit_positive CHECK (limit_amount > 0) NOT VALID;
ALTER TABLE obligors VALIDATE CONSTRAINT obligors_limits_of_liable;
ALTER TABLE obligors VALIDATE CONSTRAINT obligors_limit_positive;

GRANT USAGE ON SEQUENCE payments_seq_seq TO :role;
GRANT SELECT, INSERT ON happenings, standings, suspense_moves TO :role;
GRANT SELECT, INSERT, UPDATE ON suspense_items, pauses TO :role;
