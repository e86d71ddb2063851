-- Licences of Apple's Apps and Books (docs/protocols/apps-and-books.md).

-- A location of Apple School Manager with its content token. location_id: Apple's identifier of its library.
-- *_version: the state of Apple's lists when they were counted. changes: grows with each licence that is assigned or
-- given back, so that a count that was overtaken is known. trouble: the code of what keeps the location from being
-- used until paused_until; failures: how often in a row.
CREATE TABLE licence_location (
    location_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    organization TEXT NOT NULL,
    sealed_token BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    imported_by TEXT NOT NULL,
    counted_at BIGINT,
    assets_version TEXT NOT NULL DEFAULT '',
    assignments_version TEXT NOT NULL DEFAULT '',
    changes BIGINT NOT NULL DEFAULT 0,
    trouble TEXT NOT NULL DEFAULT '',
    paused_until BIGINT,
    failures BIGINT NOT NULL DEFAULT 0
);

-- Schools that have a location of their own; the others, and these when theirs has no more, use those of nobody.
CREATE TABLE licence_school (
    uai TEXT PRIMARY KEY REFERENCES school (uai),
    location_id TEXT NOT NULL REFERENCES licence_location (location_id)
);

-- Names of apps, for words; store_id: the App Store's number.
CREATE TABLE licence_app (
    store_id BIGINT PRIMARY KEY,
    name TEXT NOT NULL
);

-- What a location owns. unlimited: 1 for free apps that may be assigned without end.
CREATE TABLE licence_count (
    location_id TEXT NOT NULL REFERENCES licence_location (location_id),
    store_id BIGINT NOT NULL,
    total BIGINT NOT NULL,
    assigned BIGINT NOT NULL,
    available BIGINT NOT NULL,
    unlimited BIGINT NOT NULL,
    revocable BIGINT NOT NULL,
    PRIMARY KEY (location_id, store_id)
);

-- What is assigned to devices, as Apple says; serials of other devices than our tablets are among them.
CREATE TABLE licence_assignment (
    location_id TEXT NOT NULL REFERENCES licence_location (location_id),
    store_id BIGINT NOT NULL,
    serial TEXT NOT NULL,
    PRIMARY KEY (location_id, store_id, serial)
);
CREATE INDEX licence_assignment_serial ON licence_assignment (serial, store_id);

-- Requests that Apple has not finished: each app of store_ids for each device of serials (JSON lists). It is written
-- before Apple is called; event_id is Apple's answer, NULL as long as none is known.
CREATE TABLE licence_call (
    call_id TEXT PRIMARY KEY,
    location_id TEXT NOT NULL REFERENCES licence_location (location_id),
    kind TEXT NOT NULL CHECK (kind IN ('associate', 'disassociate')),
    store_ids TEXT NOT NULL,
    serials TEXT NOT NULL,
    event_id TEXT,
    begun_at BIGINT NOT NULL,
    looks BIGINT NOT NULL DEFAULT 0,
    next_look_at BIGINT NOT NULL
);

-- What licence a tablet should have (wanted 1) or give back (0; the row goes when it is done).
-- state: open (to be asked for), calling (call_id), done, short (no licence is free), refused.
CREATE TABLE licence_wish (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    store_id BIGINT NOT NULL,
    wanted BIGINT NOT NULL CHECK (wanted IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('open', 'calling', 'done', 'short', 'refused')),
    call_id TEXT,
    reason TEXT NOT NULL DEFAULT '',
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    wished_at BIGINT NOT NULL,
    wished_by TEXT NOT NULL,
    PRIMARY KEY (tablet_id, store_id)
);
CREATE INDEX licence_wish_open ON licence_wish (due_at) WHERE state = 'open';
CREATE INDEX licence_wish_call ON licence_wish (call_id) WHERE call_id IS NOT NULL;
