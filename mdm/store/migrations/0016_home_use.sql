-- Use at home, the authority's weekly picture, and evaluations. Days are ISO dates in the school's local time; weeks are
-- named by their Monday. Times are milliseconds since 1970-01-01T00:00Z.

-- Minutes of use, as daily sums while a tablet is on loan; kept eight weeks. report: the number of the report that told.
CREATE TABLE home_use_day (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    loan_id TEXT NOT NULL,
    day TEXT NOT NULL,
    category TEXT NOT NULL,
    minutes BIGINT NOT NULL,
    source TEXT NOT NULL,
    report BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, loan_id, day, category)
);
CREATE INDEX home_use_day_day ON home_use_day (day);
CREATE INDEX home_use_day_loan ON home_use_day (loan_id, day);

-- The last report of use that was taken from a tablet during a loan, so that one that comes twice counts once.
CREATE TABLE home_use_report (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    loan_id TEXT NOT NULL,
    source TEXT NOT NULL,
    report BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (tablet_id, loan_id, source)
);
CREATE INDEX home_use_report_taken ON home_use_report (taken_at);

-- Days on which a tablet on loan was heard out of school, and in how many different hours. last_hour: the last of them,
-- in hours since 1970, until the day is over; then NULL. Kept eight weeks.
CREATE TABLE home_seen_day (
    tablet_id TEXT NOT NULL REFERENCES tablet (tablet_id),
    loan_id TEXT NOT NULL,
    day TEXT NOT NULL,
    hours BIGINT NOT NULL,
    last_hour BIGINT,
    PRIMARY KEY (tablet_id, loan_id, day)
);
CREATE INDEX home_seen_day_day ON home_seen_day (day);
CREATE INDEX home_seen_day_loan ON home_seen_day (loan_id, day);

-- The weekly picture, written once. threshold: the smallest group that was shown.
CREATE TABLE home_week (
    week TEXT PRIMARY KEY,
    threshold BIGINT NOT NULL,
    published_at BIGINT NOT NULL
);

-- Its cells. uai '' is the sum over the schools, level '' over the levels. figures: JSON, measure to number, null where
-- it is hidden: no hidden number is kept anywhere. guards: JSON, measure to the cells that must stay hidden for as long
-- as this one is small; kept for the newest week alone.
CREATE TABLE home_week_cell (
    week TEXT NOT NULL REFERENCES home_week (week),
    uai TEXT NOT NULL,
    level TEXT NOT NULL,
    figures TEXT NOT NULL,
    guards TEXT,
    PRIMARY KEY (week, uai, level)
);

-- Evaluations. state: drafted, decided, running, exported, ended. basis: objection, consent. schools, variables: JSON.
-- responsible: the login of the researcher who answers for it. ethics: the committee's proposal that was adopted.
-- sealed_key makes the pseudonyms; it is destroyed at the end.
CREATE TABLE evaluation (
    evaluation_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    schools TEXT NOT NULL,
    variables TEXT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('objection', 'consent')),
    threshold BIGINT NOT NULL,
    notice_days BIGINT NOT NULL,
    retention_days BIGINT NOT NULL,
    responsible TEXT NOT NULL,
    ethics TEXT,
    state TEXT NOT NULL CHECK (state IN ('drafted', 'decided', 'running', 'exported', 'ended')),
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    sealed_key BYTEA
);
CREATE INDEX evaluation_state ON evaluation (state);

-- When the guardians of a pupil were informed, and how: letter, meeting, page, email.
CREATE TABLE evaluation_notice (
    evaluation_id TEXT NOT NULL REFERENCES evaluation (evaluation_id),
    pupil_id TEXT NOT NULL,
    informed_at BIGINT NOT NULL,
    way TEXT NOT NULL,
    PRIMARY KEY (evaluation_id, pupil_id)
);
CREATE INDEX evaluation_notice_pupil ON evaluation_notice (pupil_id);

-- What a guardian chose: consented, objected. guardian: an identifier. The stricter of two holds.
CREATE TABLE evaluation_choice (
    evaluation_id TEXT NOT NULL REFERENCES evaluation (evaluation_id),
    pupil_id TEXT NOT NULL,
    guardian TEXT NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('consented', 'objected')),
    chosen_at BIGINT NOT NULL,
    PRIMARY KEY (evaluation_id, pupil_id, guardian)
);
CREATE INDEX evaluation_choice_pupil ON evaluation_choice (pupil_id);

-- What is gathered of a pupil in a week, under the evaluation's pseudonym. figures: JSON, variable to number or null.
CREATE TABLE evaluation_week (
    evaluation_id TEXT NOT NULL REFERENCES evaluation (evaluation_id),
    pseudonym TEXT NOT NULL,
    week TEXT NOT NULL,
    uai TEXT NOT NULL,
    level TEXT NOT NULL,
    platform TEXT NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (evaluation_id, pseudonym, week)
);

-- Weeks that were gathered, once each.
CREATE TABLE evaluation_gathered (
    evaluation_id TEXT NOT NULL REFERENCES evaluation (evaluation_id),
    week TEXT NOT NULL,
    gathered_at BIGINT NOT NULL,
    PRIMARY KEY (evaluation_id, week)
);

-- Exports. state: asked, released, refused, withdrawn, expired. summary: JSON of counts. sealed_file: the archive, until
-- it expires or is withdrawn.
CREATE TABLE evaluation_export (
    export_id TEXT PRIMARY KEY,
    evaluation_id TEXT NOT NULL REFERENCES evaluation (evaluation_id),
    state TEXT NOT NULL CHECK (state IN ('asked', 'released', 'refused', 'withdrawn', 'expired')),
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    expires_at BIGINT,
    query TEXT NOT NULL,
    summary TEXT,
    digest TEXT,
    sealed_file BYTEA
);
CREATE INDEX evaluation_export_evaluation ON evaluation_export (evaluation_id, asked_at);
CREATE INDEX evaluation_export_expiry ON evaluation_export (expires_at) WHERE state = 'released';

-- Whose data a released export holds, and as a member of which class: what is shown to the guardians, and what keeps a
-- later export from splitting the classes of an earlier one.
CREATE TABLE evaluation_export_pupil (
    export_id TEXT NOT NULL REFERENCES evaluation_export (export_id),
    pupil_id TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (export_id, pupil_id)
);
CREATE INDEX evaluation_export_pupil_pupil ON evaluation_export_pupil (pupil_id);
