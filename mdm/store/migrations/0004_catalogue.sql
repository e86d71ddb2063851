-- The catalogue: what may be proposed to the committee. Trees are canonical JSON (RFC 8785), digests their SHA-256.

-- An item as it is in lists; all that it says is in its newest revision. kind: app, web_clip, book, web_site.
-- sort_key and search_key are texts without case and accents. platforms, levels, subjects: words between commas,
-- with one at each end, such as ',2,3,'.
CREATE TABLE catalogue_item (
    item_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('app', 'web_clip', 'book', 'web_site')),
    name TEXT NOT NULL,
    publisher TEXT NOT NULL,
    platforms TEXT NOT NULL,
    levels TEXT NOT NULL,
    subjects TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    search_key TEXT NOT NULL,
    revision BIGINT NOT NULL,
    digest TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE INDEX catalogue_item_sort ON catalogue_item (sort_key, item_id);

-- What only one item may be. space: ipad (bundle identifier in small letters), store (number in Apple's store),
-- android (package), or an item's kind (address).
CREATE TABLE catalogue_reference (
    space TEXT NOT NULL,
    value TEXT NOT NULL,
    item_id TEXT NOT NULL REFERENCES catalogue_item (item_id),
    PRIMARY KEY (space, value)
);
CREATE INDEX catalogue_reference_item ON catalogue_reference (item_id);

-- Every revision of an item with its dossier, kept for good: a proposal may have frozen its digest.
-- changed: a JSON list of the fields that differ from the revision before.
CREATE TABLE catalogue_revision (
    item_id TEXT NOT NULL REFERENCES catalogue_item (item_id),
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    changed TEXT NOT NULL,
    digest TEXT NOT NULL,
    tree TEXT NOT NULL,
    PRIMARY KEY (item_id, revision)
);
CREATE INDEX catalogue_revision_digest ON catalogue_revision (digest);

-- Documents, addressed by the SHA-256 of their bytes, which lie in the data folder.
CREATE TABLE attachment (
    hash TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL
);
