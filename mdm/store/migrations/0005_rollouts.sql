-- Rollouts of editions, and the school calendar that they wait for.

-- School years that were imported; those that come with Valise are in its files. first, last: ISO dates.
-- breaks: JSON list of {name, first, last}.
CREATE TABLE school_year (
    zone TEXT NOT NULL,
    year BIGINT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    breaks TEXT NOT NULL,
    source TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    imported_by TEXT NOT NULL,
    PRIMARY KEY (zone, year)
);

-- A school's own hours as JSON; a school without a row has the usual ones.
CREATE TABLE school_hours (
    uai TEXT PRIMARY KEY REFERENCES school (uai),
    hours TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- A rollout takes kits to an edition in waves. state: planned, running, paused, rolling_back, completed, rolled_back,
-- replaced. active is 1 for the one that is running, paused or rolling back. plan: waves, gates and pace as JSON.
-- wave: the wave that is open, 0 before the first. reason: why it is paused or what ended it, as JSON.
CREATE TABLE rollout (
    rollout_id TEXT PRIMARY KEY,
    edition_id TEXT NOT NULL REFERENCES edition (edition_id),
    previous_id TEXT NOT NULL REFERENCES edition (edition_id),
    state TEXT NOT NULL,
    active BIGINT UNIQUE CHECK (active = 1),
    plan TEXT NOT NULL,
    wave BIGINT NOT NULL,
    wave_opened_at BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at BIGINT
);

-- Each change of a rollout's state: who, when, why. words: what a person gave as the reason.
CREATE TABLE rollout_change (
    rollout_id TEXT NOT NULL REFERENCES rollout (rollout_id),
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    change TEXT NOT NULL,
    state TEXT NOT NULL,
    wave BIGINT NOT NULL,
    reason TEXT,
    words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (rollout_id, position)
);

-- The kits of a rollout, in their order within each wave.
CREATE TABLE rollout_kit (
    rollout_id TEXT NOT NULL REFERENCES rollout (rollout_id),
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    uai TEXT NOT NULL,
    wave BIGINT NOT NULL,
    position BIGINT NOT NULL,
    moved_at BIGINT,
    returned_at BIGINT,
    PRIMARY KEY (rollout_id, kit_id)
);
CREATE INDEX rollout_kit_wave ON rollout_kit (rollout_id, wave, position);

-- The tablets of kits that were moved, and what was seen of them since. state: waiting (not heard since), working,
-- converged, failed, late, drifted, gone. excused: 1 when a technician went on although it was failing.
-- target_hash: what it should be when it was found to be so.
CREATE TABLE rollout_tablet (
    rollout_id TEXT NOT NULL REFERENCES rollout (rollout_id),
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    kit_id TEXT NOT NULL,
    wave BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    heard_at BIGINT,
    state TEXT NOT NULL,
    excused BIGINT NOT NULL DEFAULT 0,
    target_hash TEXT,
    PRIMARY KEY (rollout_id, tablet_id)
);
CREATE INDEX rollout_tablet_counts ON rollout_tablet (rollout_id, wave, state, excused);
