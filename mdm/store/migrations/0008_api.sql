-- The HTTP API: accounts of every role, bearer tokens, and requests that create something once.

-- disabled_at: when the account ended; its history stays. revision: counts the changes, for those who edit at once.
ALTER TABLE account ADD COLUMN disabled_at BIGINT;
ALTER TABLE account ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
CREATE INDEX session_account ON session (account_id);

-- Bearer tokens. digest: SHA-256 of the token, in hex; the token itself is kept nowhere.
CREATE TABLE api_token (
    token_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Requests that carried an Idempotency-Key. key_digest: SHA-256 of who asked, the operation and the key.
-- request_digest: HMAC of the request under the key, which is kept nowhere: what was sent cannot be guessed from it.
-- answer: the answer to give again; NULL from the beginning of work that takes several transactions until its end.
CREATE TABLE idempotency_key (
    key_digest TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,
    answer BYTEA,
    begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_at);

-- The list of tablets by name, filtered without reading the tablets themselves.
CREATE INDEX tablet_list ON tablet (name, tablet_id, serial, state, platform);
