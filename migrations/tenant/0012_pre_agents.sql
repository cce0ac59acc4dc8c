-- The register of who may contact a borrower. Nothing is deleted: who leaves is set aside with a day and a reason, and
-- every change is a row of `register_changes`.
CREATE TABLE agencies (
    id                 uuid        NOT NULL,
    code               text        NOT NULL,
    name               text        NOT NULL,
    contract_from      date        NOT NULL,
    contract_until     date        NOT NULL,
    -- Since when the lender's public list names it.
    listed_on          date,
    -- The last review that was passed: the latest such row of `agency_reviews`.
    reviewed_on        date,
    suspended_at       timestamptz,
    suspended_because  text,
    changes            integer     NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT agencies_pkey PRIMARY KEY (id),
    CONSTRAINT agencies_one_per_code UNIQUE (code),
    -- `lender` is the lender's own staff wherever an agency's code may stand.
    CONSTRAINT agencies_code CHECK (code <> 'lender'),
    CONSTRAINT agencies_contract CHECK (contract_until >= contract_from),
    CONSTRAINT agencies_suspended CHECK ((suspended_at IS NULL) = (suspended_because IS NULL))
);

CREATE TABLE agency_reviews (
    id           uuid        NOT NULL,
    agency_id    uuid        NOT NULL REFERENCES agencies (id),
    reviewed_on  date        NOT NULL,
    result       text        NOT NULL,
    reference    text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text        NOT NULL,
    CONSTRAINT agency_reviews_pkey PRIMARY KEY (id),
    CONSTRAINT agency_reviews_one_per_reference UNIQUE (agency_id, reference),
    CONSTRAINT agency_reviews_result CHECK (result IN ('passed', 'failed'))
);

-- `principal` is the label of the tokens a person signs in with. A name is sealed under the tenant's key.
CREATE TABLE agents (
    id                   uuid        NOT NULL,
    code                 text        NOT NULL,
    principal            text,
    agency_id            uuid        REFERENCES agencies (id),
    country              char(2)     NOT NULL,
    sealed_name          bytea,
    deactivated_at       timestamptz,
    deactivated_because  text,
    changes              integer     NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT agents_pkey PRIMARY KEY (id),
    CONSTRAINT agents_one_per_code UNIQUE (code),
    CONSTRAINT agents_deactivated CHECK ((deactivated_at IS NULL) = (deactivated_because IS NULL))
);
CREATE UNIQUE INDEX agents_one_per_principal ON agents (principal) WHERE deactivated_at IS NULL;
CREATE INDEX agents_principal ON agents (principal);
CREATE INDEX agents_agency ON agents (agency_id, code);

-- A course passed. `expires_on`, the first day on which it no longer counts, is written once, by the law of that day.
CREATE TABLE trainings (
    id           uuid        NOT NULL,
    agent_id     uuid        NOT NULL REFERENCES agents (id),
    course       text        NOT NULL,
    passed_on    date        NOT NULL,
    expires_on   date,
    reference    text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text        NOT NULL,
    CONSTRAINT trainings_pkey PRIMARY KEY (id),
    CONSTRAINT trainings_course CHECK (course IN ('collection', 'information_security', 'recovery_agent')),
    CONSTRAINT trainings_expires CHECK (expires_on > passed_on)
);
CREATE INDEX trainings_agent ON trainings (agent_id, course, passed_on DESC);
CREATE INDEX trainings_passed ON trainings (passed_on DESC, id DESC);

-- A training that was recorded wrongly: it stands, and counts no more.
CREATE TABLE training_withdrawals (
    training_id  uuid        NOT NULL REFERENCES trainings (id),
    because      text        NOT NULL,
    at           timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT training_withdrawals_pkey PRIMARY KEY (training_id)
);

-- What contacts leave from. A business number stands in clear; somebody's own is sealed and found by `blind`.
CREATE TABLE senders (
    id                 uuid        NOT NULL,
    kind               text        NOT NULL,
    address            text,
    sealed_address     bytea,
    blind              bytea       NOT NULL,
    consent            text,
    agency_id          uuid        REFERENCES agencies (id),
    registered_at      timestamptz NOT NULL,
    registered_by      text        NOT NULL,
    withdrawn_at       timestamptz,
    withdrawn_because  text,
    changes            integer     NOT NULL,
    CONSTRAINT senders_pkey PRIMARY KEY (id),
    CONSTRAINT senders_kind CHECK (kind IN ('phone', 'im', 'sms_signature', 'email', 'letterhead')),
    CONSTRAINT senders_either CHECK ((address IS NULL) <> (sealed_address IS NULL)),
    -- Somebody's own number is used with the lender's consent or not at all.
    CONSTRAINT senders_private CHECK ((sealed_address IS NULL) = (consent IS NULL)),
    CONSTRAINT senders_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL))
);
CREATE UNIQUE INDEX senders_one_standing ON senders (kind, blind) WHERE withdrawn_at IS NULL;
CREATE INDEX senders_registered ON senders (registered_at DESC, id DESC);
CREATE INDEX senders_agency ON senders (agency_id);

-- The history of agencies, agents and senders: who changed what, in order. `facts` hold no personal data.
CREATE TABLE register_changes (
    subject_id  uuid        NOT NULL,
    number      integer     NOT NULL,
    at          timestamptz NOT NULL,
    actor       text        NOT NULL,
    action      text        NOT NULL,
    facts       jsonb       NOT NULL,
    CONSTRAINT register_changes_pkey PRIMARY KEY (subject_id, number)
);

GRANT SELECT, INSERT, UPDATE ON agencies, agents, senders TO :role;
GRANT SELECT, INSERT ON agency_reviews, trainings, training_withdrawals, register_changes TO :role;
