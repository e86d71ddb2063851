-- Letters to families by e-mail. Times are milliseconds since 1970-01-01T00:00Z; columns named sealed_* are encrypted with
-- the vault's key, and nothing here can be searched for an address.

-- The address that a guardian's account gave and confirmed. matters: JSON list of what the guardian is told of.
-- confirmed_at names this giving of the address: what stops its letters holds it. unreachable_at: since when letters come
-- back.
CREATE TABLE family_address (
    account_id TEXT PRIMARY KEY REFERENCES account (account_id),
    sealed_address BYTEA NOT NULL,
    language TEXT NOT NULL,
    matters TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    unreachable_at BIGINT
);

-- An address that waits for its code. sealed_address, code_digest: NULL as soon as the code was used, or refused too often;
-- the row stays, since asked counts the letters since first_asked_at. code_digest: HMAC with a key of the vault, in hex.
-- letter: the last part of what its letter is about. tries: wrong codes.
CREATE TABLE family_address_asked (
    account_id TEXT PRIMARY KEY REFERENCES account (account_id),
    sealed_address BYTEA,
    code_digest TEXT,
    language TEXT NOT NULL,
    matters TEXT NOT NULL,
    letter TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    asked BIGINT NOT NULL DEFAULT 1,
    first_asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX family_address_asked_expiry ON family_address_asked (expires_at);

-- What an account was told, so that it is told once. about: such as loan:<loan_id>:<day>:<step>. The outbox knows the
-- letter by family:<letter>.
CREATE TABLE family_letter (
    letter TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (account_id),
    about TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (account_id, about)
);
CREATE INDEX family_letter_about ON family_letter (about);
CREATE INDEX family_letter_made ON family_letter (made_at);

-- What a loan's tablet may do by the charter, as the family was told last. digest: SHA-256 in hex.
CREATE TABLE family_rules_told (
    loan_id TEXT PRIMARY KEY REFERENCES loan (loan_id),
    digest TEXT NOT NULL,
    told_at BIGINT NOT NULL
);
