-- Times are milliseconds since 1970-01-01T00:00Z. Identifiers are 32 hex digits that sort by time, unless said.
-- Booleans are 0 or 1. Columns named sealed_* are encrypted with the server's vault key.

-- The journal: each entry is hashed over the one before.
CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_subject ON journal (subject, seq);

CREATE TABLE journal_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO journal_head (one, seq, hash) VALUES (1, 0, '');

-- The territory. insee: the commune's INSEE code; uai: the school's code with its check letter.
CREATE TABLE territory (
    territory_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE commune (
    insee TEXT PRIMARY KEY,
    territory_id TEXT NOT NULL REFERENCES territory (territory_id),
    name TEXT NOT NULL
);

CREATE TABLE school (
    uai TEXT PRIMARY KEY,
    insee TEXT NOT NULL REFERENCES commune (insee),
    name TEXT NOT NULL,
    edition_id TEXT
);
CREATE INDEX school_insee ON school (insee);

CREATE TABLE school_class (
    class_id TEXT PRIMARY KEY,
    uai TEXT NOT NULL REFERENCES school (uai),
    name TEXT NOT NULL,
    level TEXT NOT NULL DEFAULT '',
    UNIQUE (uai, name)
);

-- Editions: what a tablet may hold, addressed by the SHA-256 of their canonical JSON.
CREATE TABLE edition (
    edition_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    loaded_at BIGINT NOT NULL,
    loaded_by TEXT NOT NULL
);

-- platform: ipad or android. edition_id: the edition this kit follows; NULL follows the school's.
CREATE TABLE kit (
    kit_id TEXT PRIMARY KEY,
    uai TEXT NOT NULL REFERENCES school (uai),
    name TEXT NOT NULL,
    platform TEXT NOT NULL CHECK (platform IN ('ipad', 'android')),
    edition_id TEXT REFERENCES edition (edition_id),
    created_at BIGINT NOT NULL,
    UNIQUE (uai, name)
);

-- state: new, enrolled, ready, loaned, lost, broken, retired.
CREATE TABLE tablet (
    tablet_id TEXT PRIMARY KEY,
    platform TEXT NOT NULL CHECK (platform IN ('ipad', 'android')),
    serial TEXT UNIQUE,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    model TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX tablet_state ON tablet (state);

-- A slot is a place in a kit; number counts from 1. joining_since: a tablet has taken this place's profile.
CREATE TABLE slot (
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    tablet_id TEXT UNIQUE REFERENCES tablet (tablet_id),
    joining_since BIGINT,
    PRIMARY KEY (kit_id, number)
);

-- What the tablet said last. Absent is NULL. Sizes in bytes, battery in percent.
CREATE TABLE tablet_report (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    seen_at BIGINT NOT NULL,
    os_version TEXT,
    model_name TEXT,
    battery BIGINT,
    capacity BIGINT,
    free_space BIGINT,
    supervised BIGINT,
    facts TEXT NOT NULL DEFAULT '{}'
);

-- Tickets: who holds the secret may enrol into the kit's free slots (or the one slot named).
CREATE TABLE ticket (
    ticket_id TEXT PRIMARY KEY,
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    slot_number BIGINT,
    secret_digest TEXT NOT NULL UNIQUE,
    sealed_secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX ticket_kit ON ticket (kit_id, slot_number);

-- One-time SCEP challenges, each bound to a ticket and a slot.
CREATE TABLE scep_challenge (
    challenge_digest TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES ticket (ticket_id),
    kit_id TEXT NOT NULL,
    slot_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    serial TEXT
);
CREATE INDEX scep_challenge_slot ON scep_challenge (kit_id, slot_number);

-- Certificates issued. serial: lower-case hex. digest: SHA-256 of the DER. purpose: root, issuing, server, identity, signing.
CREATE TABLE certificate (
    serial TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    der BYTEA NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    kit_id TEXT,
    slot_number BIGINT,
    tablet_id TEXT,
    renews TEXT,
    revoked_at BIGINT,
    revocation_reason TEXT
);
CREATE INDEX certificate_tablet ON certificate (tablet_id);
CREATE INDEX certificate_revoked ON certificate (revoked_at) WHERE revoked_at IS NOT NULL;

-- SCEP transactions already answered, so that a repeated request gets the same answer and a replay gets none.
CREATE TABLE scep_transaction (
    transaction_id TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,
    serial TEXT,
    answered_at BIGINT NOT NULL
);

CREATE TABLE certificate_list (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    der BYTEA NOT NULL,
    next_update BIGINT NOT NULL
);

-- An iPad's enrollment in Apple's protocol. identity_digest pins the certificate.
CREATE TABLE apple_enrollment (
    udid TEXT PRIMARY KEY,
    tablet_id TEXT NOT NULL UNIQUE REFERENCES tablet (tablet_id),
    identity_digest TEXT NOT NULL,
    topic TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('authenticated', 'enrolled', 'checked_out')),
    enrolled_at BIGINT NOT NULL,
    os_version TEXT NOT NULL DEFAULT '',
    product_name TEXT NOT NULL DEFAULT '',
    sealed_push_token BYTEA,
    sealed_push_magic BYTEA,
    sealed_unlock_token BYTEA,
    sealed_bootstrap_token BYTEA,
    awaiting_configuration BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX apple_enrollment_identity ON apple_enrollment (identity_digest);

-- Commands: the content is stored once; a delivery is one tablet's part of it.
CREATE TABLE command (
    command_id TEXT PRIMARY KEY,
    request_type TEXT NOT NULL,
    body BYTEA NOT NULL,
    step TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

-- state: queued, sent, acknowledged, error, not_now, cancelled. position orders one tablet's queue, from 1.
CREATE TABLE delivery (
    tablet_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    command_id TEXT NOT NULL REFERENCES command (command_id),
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    sent_at BIGINT,
    answered_at BIGINT,
    PRIMARY KEY (tablet_id, command_id)
);
CREATE INDEX delivery_open ON delivery (tablet_id, position) WHERE state IN ('queued', 'sent', 'not_now');

-- A tablet's last answer to a command, as received.
CREATE TABLE answer (
    tablet_id TEXT NOT NULL,
    command_id TEXT NOT NULL,
    status TEXT NOT NULL,
    body BYTEA NOT NULL,
    error_chain TEXT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, command_id)
);

-- Compiled content shared by all the tablets of a kit in one mode, addressed by SHA-256.
CREATE TABLE artifact (
    hash TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a tablet should be (a compiled target, as an artifact) and how far it is. report: JSON of what it said.
-- checks: how often it was looked at since the target changed; next_check_at: when to look again.
CREATE TABLE convergence (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    target_hash TEXT,
    report TEXT NOT NULL DEFAULT '{}',
    converged_at BIGINT,
    checks BIGINT NOT NULL DEFAULT 0,
    next_check_at BIGINT NOT NULL
);
CREATE INDEX convergence_next_check ON convergence (next_check_at);

-- The last declarative status report of a tablet, merged (canonical JSON).
CREATE TABLE declarative_status (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    status TEXT NOT NULL,
    full_report_at BIGINT,
    received_at BIGINT NOT NULL
);

-- Push certificates; topic: the certificate's UID. sealed_key is the PEM private key.
CREATE TABLE push_certificate (
    topic TEXT PRIMARY KEY,
    certificate BYTEA NOT NULL,
    sealed_key BYTEA NOT NULL,
    not_after BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    imported_by TEXT NOT NULL
);

-- A key made for a certificate request that is not answered yet.
CREATE TABLE push_request (
    request_id TEXT PRIMARY KEY,
    sealed_key BYTEA NOT NULL,
    csr BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Tablets to wake: one row a tablet, so that wishes coalesce.
CREATE TABLE wake (
    tablet_id TEXT PRIMARY KEY,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    last_reason TEXT NOT NULL DEFAULT '',
    claimed_by TEXT,
    claimed_until BIGINT
);
CREATE INDEX wake_due ON wake (due_at);

-- Accounts of the people listener.
CREATE TABLE account (
    account_id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE session (
    session_digest TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (account_id),
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);
