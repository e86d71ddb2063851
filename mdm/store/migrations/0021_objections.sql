-- Objections of families that were accepted: what is not done with a child's data any more.

-- activity: the key of a processing activity of the register, such as home-use. until: when the family took it back;
-- what lies before that moment stays out for good. Times are milliseconds since 1970-01-01T00:00Z.
CREATE TABLE objection (
    pupil_id TEXT NOT NULL,
    activity TEXT NOT NULL,
    request_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (pupil_id, activity)
);
CREATE INDEX objection_activity ON objection (activity, since);
