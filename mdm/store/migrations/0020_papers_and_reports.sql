-- Evaluations: the proposal that brought a protocol to the committee, and choices that a guardian made on paper. Use at
-- home: how many reports could not be kept.

-- The latest proposal with this protocol; ethics stays the one that was adopted.
ALTER TABLE evaluation ADD COLUMN proposed TEXT REFERENCES proposal (proposal_id);

-- Who noted at the school what a guardian said on paper; empty where the guardian chose on the own page.
ALTER TABLE evaluation_choice ADD COLUMN noted_by TEXT;

-- Reports of use whose days could not be kept: how many of a tablet, and why, and when the last came. number: that of
-- the last one, so that a report that comes again counts once; -1 where it could not be read. Kept eight weeks.
CREATE TABLE home_use_dropped (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    reason TEXT NOT NULL,
    reports BIGINT NOT NULL,
    number BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, reason)
);
CREATE INDEX home_use_dropped_last ON home_use_dropped (last_at);
