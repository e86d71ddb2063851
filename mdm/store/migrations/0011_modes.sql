-- Modes: what a tablet follows now and until when, the class mode of kits, what guardians take away, schools' networks.

-- A class mode of a kit. kind: app, page, lock; what: the app's identifier or the page's label.
-- running_kit: the kit for as long as it runs, so that a kit has one at most.
CREATE TABLE class_mode (
    class_mode_id TEXT PRIMARY KEY,
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    kind TEXT NOT NULL CHECK (kind IN ('app', 'page', 'lock')),
    what TEXT NOT NULL DEFAULT '',
    started_at BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    running_kit TEXT UNIQUE
);
CREATE INDEX class_mode_kit ON class_mode (kit_id, started_at);
CREATE INDEX class_mode_ends ON class_mode (until_at) WHERE running_kit IS NOT NULL;

-- The mode that a tablet was brought to last; a tablet without a row is as at school. usable: 0 where no app may be
-- opened. until_at: when it changes by itself; due_at: when it is looked at again, until_at and a little more that
-- differs from tablet to tablet.
CREATE TABLE tablet_mode (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    mode TEXT NOT NULL CHECK (mode IN ('school', 'home', 'focus', 'holiday', 'lost')),
    usable BIGINT NOT NULL,
    why TEXT NOT NULL,
    class_mode_id TEXT REFERENCES class_mode (class_mode_id),
    since_at BIGINT NOT NULL,
    until_at BIGINT,
    due_at BIGINT
);
CREATE INDEX tablet_mode_due ON tablet_mode (due_at);
CREATE INDEX tablet_mode_mode ON tablet_mode (mode);

-- What each guardian takes away on a tablet that is on loan, as JSON; set_by: the account. Erased when the loan ends.
CREATE TABLE stricter_rules (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    set_by TEXT NOT NULL,
    rules TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, set_by)
);

-- Public addresses from which a school's tablets come, as networks.
CREATE TABLE school_network (
    uai TEXT NOT NULL REFERENCES school (uai),
    network TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (uai, network)
);

-- Whether a tablet's last contact came from its school's network: this, and no address, is all that is kept.
CREATE TABLE tablet_place (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    at_school BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- The last time that a tablet was asked to show itself. until_at: when the order is withdrawn if it did not get it.
CREATE TABLE tablet_shown (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    command_id TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    open BIGINT NOT NULL
);
CREATE INDEX tablet_shown_open ON tablet_shown (until_at) WHERE open = 1;

-- The calendars and editions that schedules were made from last, as a text that changes with them.
CREATE TABLE mode_rules_seen (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    as_of TEXT NOT NULL
);
