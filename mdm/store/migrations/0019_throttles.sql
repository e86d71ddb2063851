-- Attempts that failed, of all the server processes together.

-- key_digest: HMAC-SHA-256, with a key of the vault, of what is counted: an address, a login, a device, or two of them.
-- forget_at: when the count is over, half an hour after the last failure.
CREATE TABLE failed_attempt (
    key_digest TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    forget_at BIGINT NOT NULL
);
CREATE INDEX failed_attempt_age ON failed_attempt (forget_at);
