-- Android tablets, by the agent's protocol (docs/protocols/android.md).

-- One row each time that a tablet asks to join. path_digest: SHA-256 of the tablet's own secret path segment, which
-- alone says who it is; number: the number that the agent takes over; asked_as: the number that it came with.
-- state: asked (has its path, has not used it), held (a person must choose), enrolled, ended.
CREATE TABLE android_enrollment (
    number TEXT PRIMARY KEY,
    path_digest TEXT NOT NULL UNIQUE,
    sealed_path BYTEA NOT NULL,
    sealed_admin_password BYTEA NOT NULL,
    asked_as TEXT NOT NULL,
    ticket_id TEXT NOT NULL REFERENCES ticket (ticket_id),
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    slot_number BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'held', 'enrolled', 'ended')),
    tablet_id TEXT REFERENCES tablet (tablet_id),
    serial TEXT,
    other_serial TEXT,
    abi TEXT NOT NULL DEFAULT '',
    os_version TEXT NOT NULL DEFAULT '',
    device_owner BIGINT,
    created_at BIGINT NOT NULL,
    moved_at BIGINT,
    ended_at BIGINT,
    lock_message TEXT
);
CREATE UNIQUE INDEX android_enrollment_tablet ON android_enrollment (tablet_id) WHERE state = 'enrolled';
CREATE INDEX android_enrollment_slot ON android_enrollment (kit_id, slot_number);
CREATE INDEX android_enrollment_ticket ON android_enrollment (ticket_id);

-- A short form of a ticket's secret, to be typed. first_used_at: when the first tablet came with the ticket.
CREATE TABLE android_ticket (
    ticket_id TEXT PRIMARY KEY REFERENCES ticket (ticket_id),
    typed_digest TEXT NOT NULL UNIQUE,
    first_used_at BIGINT
);

-- Installable files, addressed by the SHA-256 of their bytes, which lie in the data folder.
-- signer: SHA-256 of the signing certificate. abis, permissions: JSON lists; no abi means any.
CREATE TABLE apk (
    hash TEXT PRIMARY KEY,
    package TEXT NOT NULL,
    version_name TEXT NOT NULL,
    version_code BIGINT NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    min_sdk BIGINT NOT NULL,
    abis TEXT NOT NULL,
    permissions TEXT NOT NULL,
    signer TEXT NOT NULL,
    split BIGINT NOT NULL DEFAULT 0,
    size BIGINT NOT NULL,
    icon TEXT,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL
);
CREATE INDEX apk_package ON apk (package, version_code);

-- Packages that editions ever put on Android tablets or locked there, so that what leaves an edition is taken away.
-- kind: app, locked.
CREATE TABLE android_package (
    package TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('app', 'locked')),
    PRIMARY KEY (package, kind)
);

-- What agents logged, by the rule that asks for warnings only; erased after 14 days.
CREATE TABLE android_log (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    at BIGINT NOT NULL,
    digest TEXT NOT NULL,
    level BIGINT NOT NULL,
    package TEXT NOT NULL,
    message TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, at, digest)
);
CREATE INDEX android_log_received ON android_log (received_at);

-- The platform says who wakes a tablet: Apple's push service, or what the agent listens to.
ALTER TABLE wake ADD COLUMN platform TEXT NOT NULL DEFAULT 'ipad';
