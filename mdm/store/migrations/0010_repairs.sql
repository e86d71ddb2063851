-- Faults of tablets and their repairs, the pool of spares, inventories by label, warranties.

-- kind: screen, battery, charging, case, sound, camera, wifi, buttons, accessory, start, lost, other. state: open, taken,
-- at_workshop, under_warranty, quoted, repaired, replaced, written_off, not_a_fault, closed. outcome: the one of the last
-- four states before closed that it came to. unusable: 1 when the tablet cannot be used until this is settled.
-- uai, kit_id, slot_number: where the tablet belonged when it was reported. sent_on: an ISO date.
-- settled_at: when it came to its outcome. purged_at: when words and photos were forgotten.
CREATE TABLE fault (
    fault_id TEXT PRIMARY KEY,
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    unusable BIGINT NOT NULL DEFAULT 0,
    reports BIGINT NOT NULL DEFAULT 1,
    reported_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    uai TEXT REFERENCES school (uai),
    kit_id TEXT REFERENCES kit (kit_id),
    slot_number BIGINT,
    workshop TEXT NOT NULL DEFAULT '',
    workshop_reference TEXT NOT NULL DEFAULT '',
    sent_on TEXT,
    quote_cents BIGINT,
    replaced_by TEXT REFERENCES tablet (tablet_id),
    replaced_at BIGINT,
    outcome TEXT,
    settled_at BIGINT,
    closed_at BIGINT,
    purged_at BIGINT
);
CREATE UNIQUE INDEX fault_active ON fault (tablet_id, kind) WHERE closed_at IS NULL;
CREATE INDEX fault_tablet ON fault (tablet_id, fault_id);
CREATE INDEX fault_school ON fault (uai, fault_id, state, kind);
CREATE INDEX fault_kit ON fault (kit_id, fault_id, state, kind);
CREATE INDEX fault_state ON fault (state, fault_id);
CREATE INDEX fault_kind ON fault (kind, fault_id);
CREATE INDEX fault_underway ON fault (fault_id) WHERE closed_at IS NULL;
CREATE INDEX fault_underway_counts ON fault (state, uai, kit_id) WHERE closed_at IS NULL;
CREATE INDEX fault_settled ON fault (outcome, settled_at, reported_at, replaced_at, uai)
    WHERE settled_at IS NOT NULL;
CREATE INDEX fault_retention ON fault (closed_at) WHERE closed_at IS NOT NULL AND purged_at IS NULL;

-- Each report and each step of a fault: who, when, what follows, and the words that a person gave with it.
CREATE TABLE fault_change (
    fault_id TEXT NOT NULL REFERENCES fault (fault_id),
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (fault_id, position)
);

-- Photos of faults: JPEG files in the data folder, named by their SHA-256. size in bytes; width and height in pixels.
CREATE TABLE fault_photo (
    fault_id TEXT NOT NULL REFERENCES fault (fault_id),
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (fault_id, hash)
);
CREATE INDEX fault_photo_hash ON fault_photo (hash);

-- Where a tablet that is in no kit is kept, and the fault that a spare is put aside for.
CREATE TABLE spare_place (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    place TEXT NOT NULL DEFAULT '',
    placed_at BIGINT NOT NULL,
    reserved_for TEXT UNIQUE REFERENCES fault (fault_id)
);

-- Inventories of a kit, or of a school's kits (kit_id NULL). place: the kit's identifier or the school's code.
CREATE TABLE inventory (
    inventory_id TEXT PRIMARY KEY,
    uai TEXT NOT NULL REFERENCES school (uai),
    kit_id TEXT REFERENCES kit (kit_id),
    place TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT
);
CREATE UNIQUE INDEX inventory_open ON inventory (place) WHERE closed_at IS NULL;
CREATE INDEX inventory_school ON inventory (uai, inventory_id);

-- What was scanned. subject: tablet:<id> where it names a tablet, else code:<what was scanned>; so each counts once.
-- verdict: right, elsewhere, spare, retired, empty, unknown. kit_id, slot_number: where the tablet belongs.
CREATE TABLE inventory_scan (
    inventory_id TEXT NOT NULL REFERENCES inventory (inventory_id),
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    tablet_id TEXT REFERENCES tablet (tablet_id),
    tablet_state TEXT,
    kit_id TEXT REFERENCES kit (kit_id),
    slot_number BIGINT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (inventory_id, subject)
);

-- Tablets that belonged there and were not seen when the inventory was closed. tablet_state: as it was then.
-- lost_at: when a person declared it lost because of that.
CREATE TABLE inventory_missing (
    inventory_id TEXT NOT NULL REFERENCES inventory (inventory_id),
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    tablet_state TEXT NOT NULL,
    kit_id TEXT NOT NULL REFERENCES kit (kit_id),
    slot_number BIGINT NOT NULL,
    lost_at BIGINT,
    PRIMARY KEY (inventory_id, tablet_id)
);

-- A label names a kit by the last 12 digits of its identifier.
CREATE INDEX kit_label ON kit (substr(kit_id, 21));

-- How many months the maker's warranty lasts, for what came with a purchase, or for all the tablets of a model.
CREATE TABLE warranty_purchase (
    purchase_id TEXT PRIMARY KEY REFERENCES cost_purchase (purchase_id),
    months BIGINT NOT NULL CHECK (months BETWEEN 1 AND 120)
);

CREATE TABLE warranty_model (
    model TEXT PRIMARY KEY,
    months BIGINT NOT NULL CHECK (months BETWEEN 1 AND 120)
);
