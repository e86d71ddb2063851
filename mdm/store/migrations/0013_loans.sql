-- Pupils, their guardians, loans of tablets to families, and the training of parents.
-- A birth date or a national pupil number (INE) is nowhere in the store: a key_digest is HMAC-SHA256 in hex, made with a
-- key of the vault. Days are ISO 8601 (2027-07-02). Columns named sealed_* are encrypted with the vault's key.

-- What a school chose. name_form: first ("Lina"), initial ("Lina M."), full ("Lina Martin"); a school without a row has
-- first name and initial.
CREATE TABLE pupil_school (
    uai TEXT PRIMARY KEY REFERENCES school (uai),
    name_form TEXT NOT NULL CHECK (name_form IN ('first', 'initial', 'full')),
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- last_name: as much of it as the school chose, or nothing. both_must_agree: a loan needs every guardian. left_at: since
-- when the pupil is in no school here.
CREATE TABLE pupil (
    pupil_id TEXT PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    both_must_agree BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    left_at BIGINT
);
CREATE INDEX pupil_left ON pupil (left_at) WHERE left_at IS NOT NULL;

-- What the next import knows a pupil by. kind: ine, birth (name and birth date), name (name and school).
CREATE TABLE pupil_key (
    key_digest TEXT NOT NULL,
    pupil_id TEXT NOT NULL REFERENCES pupil (pupil_id),
    kind TEXT NOT NULL CHECK (kind IN ('ine', 'birth', 'name')),
    PRIMARY KEY (key_digest, pupil_id)
);
CREATE INDEX pupil_key_pupil ON pupil_key (pupil_id);

-- A pupil in a school; one in two schools has two rows. class_id: NULL while no class is known. source: onde, municipal
-- or hand.
CREATE TABLE inscription (
    pupil_id TEXT NOT NULL REFERENCES pupil (pupil_id),
    uai TEXT NOT NULL REFERENCES school (uai),
    class_id TEXT REFERENCES school_class (class_id),
    level TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL CHECK (source IN ('onde', 'municipal', 'hand')),
    since BIGINT NOT NULL,
    PRIMARY KEY (pupil_id, uai)
);
CREATE INDEX inscription_school ON inscription (uai, class_id);
CREATE INDEX inscription_class ON inscription (class_id);

-- An import that was read and waits, or is half done. sealed_lines: what its files say, gone when it is applied, dropped
-- or a day old. counts: JSON of numbers. done: how many of its steps are in the store.
CREATE TABLE pupil_import (
    import_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'applying', 'applied')),
    uais TEXT NOT NULL,
    counts TEXT NOT NULL,
    leavers BIGINT NOT NULL DEFAULT 0,
    done BIGINT NOT NULL DEFAULT 0,
    sealed_lines BYTEA,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pupil_import_expiry ON pupil_import (expires_at);

-- One import is applied at a time; import_id: the one that has the turn.
CREATE TABLE pupil_import_turn (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    import_id TEXT
);
INSERT INTO pupil_import_turn (one, import_id) VALUES (1, NULL);

-- A line of an import of which a person has to say who it is. candidates: JSON list of pupil_ids.
CREATE TABLE pupil_doubt (
    doubt_id TEXT PRIMARY KEY,
    uai TEXT NOT NULL REFERENCES school (uai),
    reason TEXT NOT NULL,
    line_digest TEXT NOT NULL UNIQUE,
    candidates TEXT NOT NULL,
    sealed_line BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pupil_doubt_school ON pupil_doubt (uai, created_at);
CREATE INDEX pupil_doubt_expiry ON pupil_doubt (expires_at);

-- A guardian. label: such as "Mme M.", with as much of the name as the school chose. account_id: the account that used
-- an invitation.
CREATE TABLE guardian (
    guardian_id TEXT PRIMARY KEY,
    label TEXT NOT NULL DEFAULT '',
    key_digest TEXT,
    account_id TEXT UNIQUE,
    linked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX guardian_key ON guardian (key_digest);

CREATE TABLE guardianship (
    guardian_id TEXT NOT NULL REFERENCES guardian (guardian_id),
    pupil_id TEXT NOT NULL REFERENCES pupil (pupil_id),
    since BIGINT NOT NULL,
    PRIMARY KEY (guardian_id, pupil_id)
);
CREATE INDEX guardianship_pupil ON guardianship (pupil_id);

-- A code that is printed for a guardian and used once. code_digest: SHA-256 in hex.
CREATE TABLE guardian_invitation (
    invitation_id TEXT PRIMARY KEY,
    guardian_id TEXT NOT NULL REFERENCES guardian (guardian_id),
    code_digest TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    withdrawn_at BIGINT
);
CREATE INDEX guardian_invitation_guardian ON guardian_invitation (guardian_id);

-- What a guardian passed of the training, module by module; digest: SHA-256 of the content that was shown.
CREATE TABLE training_progress (
    guardian_id TEXT NOT NULL REFERENCES guardian (guardian_id),
    module TEXT NOT NULL,
    digest TEXT NOT NULL,
    tries BIGINT NOT NULL,
    passed_at BIGINT,
    PRIMARY KEY (guardian_id, module)
);

-- A whole training. way: online, or room (attended in a room, noted by somebody of the school).
CREATE TABLE training_completion (
    guardian_id TEXT PRIMARY KEY REFERENCES guardian (guardian_id),
    way TEXT NOT NULL CHECK (way IN ('online', 'room')),
    done_on TEXT NOT NULL,
    digest TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at BIGINT NOT NULL
);

-- Texts of loan agreements by the SHA-256 of their terms, so that what was accepted can be read again.
CREATE TABLE loan_terms (
    digest TEXT PRIMARY KEY,
    terms TEXT NOT NULL,
    kept_at BIGINT NOT NULL
);

-- A loan. state: prepared, accepted, handed_over, returned, lost, ended. parts: JSON list of what goes with the tablet.
-- pupil_id: NULL once the pupil's data are erased. handed, returned: JSON of the state that was seen.
CREATE TABLE loan (
    loan_id TEXT PRIMARY KEY,
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    kit_id TEXT NOT NULL,
    slot_number BIGINT NOT NULL,
    uai TEXT NOT NULL REFERENCES school (uai),
    pupil_id TEXT REFERENCES pupil (pupil_id),
    state TEXT NOT NULL CHECK (state IN ('prepared', 'accepted', 'handed_over', 'returned', 'lost', 'ended')),
    terms_digest TEXT NOT NULL REFERENCES loan_terms (digest),
    due_on TEXT NOT NULL,
    parts TEXT NOT NULL,
    prepared_at BIGINT NOT NULL,
    prepared_by TEXT NOT NULL,
    handed_at BIGINT,
    handed_by TEXT,
    handed TEXT,
    closed_at BIGINT,
    closed_by TEXT,
    returned TEXT
);
CREATE UNIQUE INDEX loan_open_tablet ON loan (tablet_id) WHERE state IN ('prepared', 'accepted', 'handed_over', 'lost');
CREATE UNIQUE INDEX loan_open_pupil ON loan (pupil_id) WHERE state IN ('prepared', 'accepted', 'handed_over', 'lost');
CREATE INDEX loan_school ON loan (uai, state, due_on);
CREATE INDEX loan_pupil ON loan (pupil_id);
CREATE INDEX loan_due ON loan (due_on) WHERE state = 'handed_over';
CREATE INDEX loan_closed ON loan (closed_at) WHERE closed_at IS NOT NULL;

-- A guardian's yes to the terms. way: phone, or paper (noted_by says who noted it).
CREATE TABLE loan_acceptance (
    loan_id TEXT NOT NULL REFERENCES loan (loan_id),
    guardian_id TEXT NOT NULL REFERENCES guardian (guardian_id),
    way TEXT NOT NULL CHECK (way IN ('phone', 'paper')),
    terms_digest TEXT NOT NULL,
    insured BIGINT NOT NULL,
    accepted_on TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (loan_id, guardian_id)
);
CREATE INDEX loan_acceptance_guardian ON loan_acceptance (guardian_id);

-- Photos of the tablet's state; moment: handed or returned; photo: the hash that the photo store gave.
CREATE TABLE loan_photo (
    loan_id TEXT NOT NULL REFERENCES loan (loan_id),
    moment TEXT NOT NULL CHECK (moment IN ('handed', 'returned')),
    photo TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (loan_id, moment, photo)
);

-- Reminders, one for each loan, planned day of return and step, so that none is sent twice. sent_at: given to the letters.
CREATE TABLE loan_reminder (
    loan_id TEXT NOT NULL REFERENCES loan (loan_id),
    due_on TEXT NOT NULL,
    step TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    sent_at BIGINT,
    PRIMARY KEY (loan_id, due_on, step)
);
CREATE INDEX loan_reminder_waiting ON loan_reminder (made_at) WHERE sent_at IS NULL;
