-- Personal data: who the journal's pseudonyms are, what persons ask for, and what retention needs to be quick.

-- The journal says person:<person_id>; name is what it was told, such as account:anne. Without its row an entry is about
-- nobody. used_at: the last day that the name was written.
CREATE TABLE journal_person (
    person_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    used_at BIGINT NOT NULL
);
CREATE INDEX journal_person_used ON journal_person (used_at);

-- What persons ask about their data. subject: as in account:<account_id>, pupil:<identifier>. kind: access, objection,
-- rectification, erasure. about: a field of the register, or empty for all. state: open, granted, refused.
CREATE TABLE data_request (
    request_id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'objection', 'rectification', 'erasure')),
    about TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('open', 'granted', 'refused')),
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    answered_at BIGINT,
    answered_by TEXT
);
CREATE INDEX data_request_subject ON data_request (subject, made_at);
CREATE INDEX data_request_answered ON data_request (answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX data_request_list ON data_request (state, made_at, request_id);

-- Who answers for the processing (article 30(1)(a)); contact and officer are addresses to write to.
CREATE TABLE data_controller (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    officer TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- Tablets' answers, oldest first, and deliveries that are over.
CREATE INDEX answer_received ON answer (received_at);
CREATE INDEX delivery_answered ON delivery (answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX account_disabled ON account (disabled_at) WHERE disabled_at IS NOT NULL;
CREATE INDEX api_token_expiry ON api_token (expires_at);
CREATE INDEX passkey_challenge_expiry ON passkey_challenge (expires_at);

-- Rows that are erased are pointed to from here.
CREATE INDEX tablet_mode_class ON tablet_mode (class_mode_id) WHERE class_mode_id IS NOT NULL;
CREATE INDEX loan_terms_used ON loan (terms_digest);
