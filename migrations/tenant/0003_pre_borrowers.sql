-- Who owes. Personal data is ciphertext under a key per borrower; losing that key is erasure.
CREATE TABLE borrowers (
    id                uuid        NOT NULL,
    reference         text        NOT NULL,
    kind              text        NOT NULL,
    country           char(2)     NOT NULL,
    zone              text        NOT NULL,
    language          text        NOT NULL,
    status            text        NOT NULL DEFAULT 'active',
    sealed            bytea,
    name_blind        bytea,
    id_number_blind   bytea,
    masked_name       text        NOT NULL DEFAULT '',
    masked_id_number  text        NOT NULL DEFAULT '',
    -- Keyed hash of everything the lender said: an unchanged row of a tape is recognised without opening it.
    digest            bytea       NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT borrowers_pkey PRIMARY KEY (id),
    CONSTRAINT borrowers_one_per_reference UNIQUE (reference),
    CONSTRAINT borrowers_kind CHECK (kind IN ('individual', 'business')),
    CONSTRAINT borrowers_status CHECK (status IN ('active', 'deceased', 'incapacitated', 'erased')),
    CONSTRAINT borrowers_erased_holds_nothing CHECK (status <> 'erased' OR (sealed IS NULL AND name_blind IS NULL
        AND id_number_blind IS NULL AND masked_name = '' AND masked_id_number = ''))
);
CREATE INDEX borrowers_name ON borrowers (name_blind) WHERE name_blind IS NOT NULL;
CREATE INDEX borrowers_id_number ON borrowers (id_number_blind) WHERE id_number_blind IS NOT NULL;
CREATE INDEX borrowers_age ON borrowers (created_at, id);

CREATE TABLE borrower_keys (
    borrower_id  uuid  NOT NULL REFERENCES borrowers (id),
    wrapped      bytea NOT NULL,
    CONSTRAINT borrower_keys_pkey PRIMARY KEY (borrower_id)
);

-- A point is never deleted, because messages name it: the lender takes it back (withdrawn) or it is erased.
CREATE TABLE contact_points (
    id           uuid        NOT NULL,
    borrower_id  uuid        NOT NULL REFERENCES borrowers (id),
    kind         text        NOT NULL,
    sealed       bytea,
    blind        bytea,
    masked       text        NOT NULL,
    source       text        NOT NULL,
    status       text        NOT NULL DEFAULT 'valid',
    status_at    timestamptz NOT NULL,
    rank         smallint    NOT NULL DEFAULT 0,
    CONSTRAINT contact_points_pkey PRIMARY KEY (id),
    CONSTRAINT contact_points_one_per_borrower UNIQUE (borrower_id, kind, blind),
    CONSTRAINT contact_points_kind CHECK (kind IN ('phone', 'email', 'postal')),
    CONSTRAINT contact_points_source CHECK (source IN ('lender', 'borrower', 'staff')),
    CONSTRAINT contact_points_status CHECK (status IN ('valid', 'invalid', 'withdrawn', 'erased')),
    CONSTRAINT contact_points_erased_holds_nothing
        CHECK ((status = 'erased') = (sealed IS NULL) AND (sealed IS NULL) = (blind IS NULL))
);
CREATE INDEX contact_points_blind ON contact_points (kind, blind);

GRANT SELECT, INSERT, UPDATE ON borrowers, contact_points TO :role;
GRANT SELECT, INSERT, DELETE ON borrower_keys TO :role;
