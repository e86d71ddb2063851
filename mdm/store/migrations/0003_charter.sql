-- The charter. Trees are canonical JSON (RFC 8785). Columns named *_seal are keyed hashes made with the server's vault
-- key, so that a row which was edited by hand is found.

-- Editions are signed records now: body is the record, edition_id its SHA-256. What was loaded before there was a
-- charter has no number and is not used any more.
ALTER TABLE edition ADD COLUMN number BIGINT;
ALTER TABLE edition ADD COLUMN previous_id TEXT;
ALTER TABLE edition ADD COLUMN key_id TEXT;
ALTER TABLE edition ADD COLUMN signature TEXT;
CREATE UNIQUE INDEX edition_number ON edition (number);

-- follow_seal: over the kit or school and the edition that it follows.
ALTER TABLE kit ADD COLUMN follow_seal TEXT;
ALTER TABLE school ADD COLUMN follow_seal TEXT;
UPDATE kit SET edition_id = NULL;
UPDATE school SET edition_id = NULL;

-- head_id: the newest edition. current_id: the one that schools and kits follow which follow none of their own.
-- moments_until: pilots and withdrawals that began or ended up to this moment were acted on.
CREATE TABLE charter (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    territory TEXT NOT NULL,
    head_id TEXT NOT NULL REFERENCES edition (edition_id),
    head_seal TEXT NOT NULL,
    current_id TEXT NOT NULL REFERENCES edition (edition_id),
    current_seal TEXT NOT NULL,
    founded_at BIGINT NOT NULL,
    moments_until BIGINT NOT NULL
);

-- Keys that sign editions, oldest first by from_number and position.
CREATE TABLE edition_key (
    key_id TEXT PRIMARY KEY,
    position BIGINT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    from_number BIGINT NOT NULL,
    previous_id TEXT,
    signature TEXT NOT NULL,
    sealed_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

-- Seats: one row for each time that a seat is held. state: proposed, confirmed, ended, refused. holder and deputy are
-- logins. Only confirmed rows vote.
CREATE TABLE seat_holding (
    holding_id TEXT PRIMARY KEY,
    seat_id TEXT NOT NULL,
    body TEXT NOT NULL,
    label TEXT NOT NULL,
    holder TEXT NOT NULL,
    deputy TEXT,
    reference TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    term_ends_at BIGINT,
    since BIGINT,
    until BIGINT,
    proposed_at BIGINT NOT NULL,
    proposed_by TEXT NOT NULL,
    confirmed_by TEXT,
    position BIGINT,
    seal TEXT NOT NULL
);
CREATE INDEX seat_holding_seat ON seat_holding (seat_id, state);
CREATE INDEX seat_holding_holder ON seat_holding (holder);
CREATE UNIQUE INDEX seat_holding_position ON seat_holding (position);

-- Passkeys of the persons who vote. public_key: SubjectPublicKeyInfo as DER, base64url.
CREATE TABLE member_passkey (
    credential_id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    seal TEXT NOT NULL
);
CREATE INDEX member_passkey_login ON member_passkey (login);

-- A challenge that waits for its answer, once.
CREATE TABLE passkey_challenge (
    challenge TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Proposals. body: the proposal's tree, which can be changed until a vote is opened on its digest.
-- state: draft, submitted, sent_back, admissible, examined, vote_open, adopted, rejected, in_edition, impossible,
-- withdrawn. search_key: the title and purpose without case and accents.
CREATE TABLE proposal (
    proposal_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    search_key TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    author TEXT NOT NULL,
    revision BIGINT NOT NULL,
    round BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    submitted_at BIGINT
);
CREATE INDEX proposal_state ON proposal (state, changed_at);
CREATE INDEX proposal_changed ON proposal (changed_at, proposal_id);

-- What happened to a proposal, who did it, and the words that go with it. kind: the state that a step led to, or
-- comment, request, answer, recusal. about: the position of the request that an answer answers.
CREATE TABLE proposal_event (
    proposal_id TEXT NOT NULL REFERENCES proposal (proposal_id),
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    about BIGINT,
    PRIMARY KEY (proposal_id, position)
);

-- Seats that stand aside for a conflict of interest.
CREATE TABLE recusal (
    proposal_id TEXT NOT NULL REFERENCES proposal (proposal_id),
    seat_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (proposal_id, seat_id)
);

-- Meetings. kind: room, written. state: called, held, closed. revision: counts its changes.
CREATE TABLE meeting (
    meeting_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    place TEXT NOT NULL DEFAULT '',
    begins_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    called_at BIGINT NOT NULL,
    called_by TEXT NOT NULL,
    opened_at BIGINT,
    closed_at BIGINT,
    notes TEXT NOT NULL DEFAULT ''
);

CREATE TABLE meeting_item (
    meeting_id TEXT NOT NULL REFERENCES meeting (meeting_id),
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    proposal_id TEXT REFERENCES proposal (proposal_id),
    notes TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (meeting_id, position)
);
CREATE INDEX meeting_item_proposal ON meeting_item (proposal_id);

-- presence: holder, deputy, excused, absent.
CREATE TABLE attendance (
    meeting_id TEXT NOT NULL REFERENCES meeting (meeting_id),
    seat_id TEXT NOT NULL,
    presence TEXT NOT NULL,
    PRIMARY KEY (meeting_id, seat_id)
);

-- A vote on the digest of a proposal; frozen is the proposal's tree as it is voted. decision: the whole decision, once
-- it is closed. edition_id: the edition that carries it; impossible: why none can, since what is agreed has changed.
CREATE TABLE vote (
    proposal_id TEXT NOT NULL REFERENCES proposal (proposal_id),
    round BIGINT NOT NULL,
    digest TEXT NOT NULL,
    frozen TEXT NOT NULL,
    secret BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    closes_at BIGINT NOT NULL,
    closed_at BIGINT,
    meeting_id TEXT REFERENCES meeting (meeting_id),
    decision TEXT,
    adopted BIGINT,
    impossible TEXT,
    edition_id TEXT REFERENCES edition (edition_id),
    PRIMARY KEY (proposal_id, round)
);
CREATE INDEX vote_open ON vote (closes_at) WHERE closed_at IS NULL;
CREATE INDEX vote_waiting ON vote (closed_at) WHERE adopted = 1 AND edition_id IS NULL AND impossible IS NULL;
CREATE INDEX vote_digest ON vote (digest);

-- One row for each seat that voted: its ballot, or of a secret vote that it took part. by_deputy: who cast it.
CREATE TABLE ballot (
    proposal_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    seat_id TEXT NOT NULL,
    ballot TEXT NOT NULL,
    by_deputy BIGINT NOT NULL,
    cast_at BIGINT NOT NULL,
    PRIMARY KEY (proposal_id, round, seat_id)
);

-- The choices of secret votes, under serials that only their voters were told; no moment, no order.
CREATE TABLE secret_ballot (
    serial TEXT PRIMARY KEY,
    proposal_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    ballot TEXT NOT NULL
);
CREATE INDEX secret_ballot_vote ON secret_ballot (proposal_id, round);
