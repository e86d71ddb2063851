-- The search of a lost tablet: it begins with the state ``lost`` and ends with it, in the same transactions.
-- Times are milliseconds since 1970-01-01T00:00Z. The store itself holds the two rules of a position: there is one only
-- while a search is under way, and a search is under way only where a guardian or two different persons asked for it.

-- state: declared (locked, no position), searching, stopped (locked, no position any more), ended. loan_id: the loan that
-- ran. declared_as, first_as, second_as: guardian, head, manager, technician, or empty. guardian: who of the family asks
-- for its position; first_by and second_by: who of the school or the authority do. screen: free, locking, locked,
-- refused, to_unlock, unlocking. *_command: the command that was asked last and is not answered. place_asked_at: when
-- the last question was asked, or answered. sealed_position: the last position, encrypted with the vault's key; none
-- before it is kept. due_at: when the search is looked at again.
CREATE TABLE lost_search (
    search_id TEXT PRIMARY KEY,
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    loan_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('searching', 'declared', 'stopped', 'ended')),
    declared_at BIGINT NOT NULL,
    declared_as TEXT NOT NULL DEFAULT '',
    guardian TEXT,
    first_by TEXT,
    first_as TEXT NOT NULL DEFAULT '',
    second_by TEXT,
    second_as TEXT NOT NULL DEFAULT '',
    searching_since BIGINT,
    searching_until BIGINT,
    stopped_why TEXT NOT NULL DEFAULT '',
    screen TEXT NOT NULL DEFAULT 'free',
    screen_words TEXT NOT NULL DEFAULT '',
    screen_number TEXT NOT NULL DEFAULT '',
    screen_command TEXT,
    screen_problem TEXT,
    place_command TEXT,
    place_asked_at BIGINT,
    place_problem TEXT,
    rang_at BIGINT,
    sealed_position BYTEA,
    due_at BIGINT,
    ended_at BIGINT,
    ended_why TEXT NOT NULL DEFAULT '',
    CHECK (sealed_position IS NULL OR state = 'searching'),
    CHECK (state <> 'searching' OR guardian IS NOT NULL
        OR (first_by IS NOT NULL AND second_by IS NOT NULL AND first_by <> second_by))
);
CREATE UNIQUE INDEX lost_search_open ON lost_search (tablet_id) WHERE state <> 'ended';
CREATE INDEX lost_search_tablet ON lost_search (tablet_id, declared_at);
CREATE INDEX lost_search_loan ON lost_search (loan_id) WHERE loan_id IS NOT NULL;
CREATE INDEX lost_search_due ON lost_search (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lost_search_ended ON lost_search (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX lost_search_until ON lost_search (searching_until) WHERE searching_until IS NOT NULL;

-- Who of the school or the authority looked at a position; the family is shown it.
CREATE TABLE lost_look (
    search_id TEXT NOT NULL REFERENCES lost_search (search_id),
    looked_at BIGINT NOT NULL,
    looked_by TEXT NOT NULL,
    looked_as TEXT NOT NULL,
    PRIMARY KEY (search_id, looked_at, looked_by)
);

-- A place that a tablet answered before this version is kept no longer.
DELETE FROM answer WHERE command_id IN (SELECT command_id FROM command WHERE request_type = 'DeviceLocation');
