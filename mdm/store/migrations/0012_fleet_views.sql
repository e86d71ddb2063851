-- Looking at a large fleet: finding tablets, lists of them, figures, maps, and work that takes long.
-- Numbers that a tablet did not tell are -1 here, and texts empty, so that lists have the same order on every engine.

-- What a tablet is found by. words: serial number, name, model, kit, school and commune, without case and accents, a line
-- each. serial_key and name_key: letters and digits only. Kept in the transaction that changes any of them.
CREATE TABLE tablet_search (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    words TEXT NOT NULL,
    serial_key TEXT NOT NULL,
    name_key TEXT NOT NULL
);
CREATE INDEX tablet_search_serial ON tablet_search (serial_key);
CREATE INDEX tablet_search_name ON tablet_search (name_key, tablet_id);

-- The ranks of system versions, so that they are compared as numbers; 17.5.1 has 17005001000.
CREATE TABLE os_version (
    version TEXT PRIMARY KEY,
    rank BIGINT NOT NULL
);

-- A tablet as lists and figures see it. Place and state are kept in the transaction that changes them; what it reports is
-- brought here in rounds, so that a report itself costs nothing more. kit_id, uai, insee: empty outside of a kit.
-- edition_id: the edition that its kit, or its school, follows of its own; empty where it follows the charter's.
-- converged: 1, 0, or -1 when it is not managed. storage_low: little free storage. errors: commands that failed since it
-- is in its state. health: Apple's battery-health.
CREATE TABLE tablet_glance (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    name_key TEXT NOT NULL,
    platform TEXT NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL,
    kit_id TEXT NOT NULL,
    uai TEXT NOT NULL,
    insee TEXT NOT NULL,
    edition_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    os_version TEXT NOT NULL,
    os_rank BIGINT NOT NULL,
    battery BIGINT NOT NULL,
    free_space BIGINT NOT NULL,
    storage_low BIGINT NOT NULL,
    converged BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    health TEXT NOT NULL
);
CREATE INDEX tablet_glance_name ON tablet_glance (name_key, tablet_id);
CREATE INDEX tablet_glance_seen ON tablet_glance (seen_at, tablet_id);
CREATE INDEX tablet_glance_battery ON tablet_glance (battery, tablet_id);
CREATE INDEX tablet_glance_free ON tablet_glance (free_space, tablet_id);
CREATE INDEX tablet_glance_os ON tablet_glance (os_rank, tablet_id);
CREATE INDEX tablet_glance_kit ON tablet_glance (kit_id);
CREATE INDEX tablet_glance_uai ON tablet_glance (uai);
CREATE INDEX tablet_glance_insee ON tablet_glance (insee);
CREATE INDEX delivery_error ON delivery (tablet_id, answered_at) WHERE state = 'error';

-- A kit's tablets counted, in rounds; kit_id is empty for the tablets that are in none.
CREATE TABLE kit_figures (
    kit_id TEXT PRIMARY KEY,
    uai TEXT NOT NULL,
    insee TEXT NOT NULL,
    tablets BIGINT NOT NULL,
    state_new BIGINT NOT NULL,
    state_enrolled BIGINT NOT NULL,
    state_ready BIGINT NOT NULL,
    state_loaned BIGINT NOT NULL,
    state_lost BIGINT NOT NULL,
    state_broken BIGINT NOT NULL,
    state_retired BIGINT NOT NULL,
    converged BIGINT NOT NULL,
    drifting BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    storage_low BIGINT NOT NULL,
    storage_known BIGINT NOT NULL,
    battery_low BIGINT NOT NULL,
    battery_known BIGINT NOT NULL,
    health_normal BIGINT NOT NULL,
    health_service BIGINT NOT NULL,
    health_other BIGINT NOT NULL,
    seen_day BIGINT NOT NULL,
    seen_week BIGINT NOT NULL,
    seen_month BIGINT NOT NULL,
    seen_longer BIGINT NOT NULL,
    seen_never BIGINT NOT NULL
);
CREATE TABLE os_figures (
    kit_id TEXT NOT NULL,
    platform TEXT NOT NULL,
    os_version TEXT NOT NULL,
    tablets BIGINT NOT NULL,
    PRIMARY KEY (kit_id, platform, os_version)
);

-- A school's figures, day after day (YYYY-MM-DD, UTC); uai is empty for the tablets that are in no kit.
CREATE TABLE fleet_day (
    day TEXT NOT NULL,
    uai TEXT NOT NULL,
    tablets BIGINT NOT NULL,
    ready BIGINT NOT NULL,
    drifting BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    PRIMARY KEY (day, uai)
);

-- When the figures were counted last.
CREATE TABLE fleet_round (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    counted_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL
);

-- A person's way of looking at the fleet: the filter's query string under a name. shared: others may use it.
CREATE TABLE saved_filter (
    filter_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES account (login) ON UPDATE CASCADE ON DELETE CASCADE,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    UNIQUE (owner, name)
);

-- Where a commune is. latitude, longitude: millionths of a degree (WGS 84). contour: rings as JSON, hundred-thousandths of
-- a degree, longitude first, each point but a ring's first as the difference to the one before; empty where there is none.
CREATE TABLE commune_geography (
    insee TEXT PRIMARY KEY REFERENCES commune (insee),
    latitude BIGINT NOT NULL,
    longitude BIGINT NOT NULL,
    contour TEXT NOT NULL,
    imported_at BIGINT NOT NULL
);

-- Work that takes long. state: draft (shown, not begun), waiting, running, done, cancelled, failed. spec: what is to be
-- done, JSON. subject: what it is about, by which it is found again. stepped_at: when it was carried on last.
CREATE TABLE long_work (
    work_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'running', 'done', 'cancelled', 'failed')),
    spec TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT '',
    attempts BIGINT NOT NULL DEFAULT 0,
    started_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT,
    started_at BIGINT,
    stepped_at BIGINT NOT NULL DEFAULT 0,
    ended_at BIGINT
);
CREATE INDEX long_work_open ON long_work (stepped_at) WHERE state IN ('waiting', 'running');
CREATE INDEX long_work_subject ON long_work (subject, made_at);
CREATE INDEX long_work_starter ON long_work (started_by, made_at);

-- The parts of it. state: waiting, done, failed. message, params: why it failed, a gettext text and its parameters (JSON).
CREATE TABLE long_work_item (
    work_id TEXT NOT NULL REFERENCES long_work (work_id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    message TEXT NOT NULL DEFAULT '',
    params TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (work_id, position)
);
CREATE INDEX long_work_item_waiting ON long_work_item (work_id, position) WHERE state = 'waiting';
CREATE INDEX long_work_item_failed ON long_work_item (work_id, position) WHERE state = 'failed';
