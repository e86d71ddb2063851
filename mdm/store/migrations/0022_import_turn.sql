-- An import of pupils that has stopped gives its turn up: moved_at tells when the one that has it wrote last.

-- Milliseconds since 1970-01-01T00:00Z; 0 for a turn of before, which gives way at once.
ALTER TABLE pupil_import_turn ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;
