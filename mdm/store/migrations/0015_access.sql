-- What people may do and where; how they come in.

-- A role that an account has in a scope. extent: territory, commune, school, class, kit, seat. place_id: the INSEE code,
-- UAI or identifier; empty for the territory.
CREATE TABLE account_grant (
    account_id TEXT NOT NULL REFERENCES account (account_id),
    role TEXT NOT NULL,
    extent TEXT NOT NULL CHECK (extent IN ('territory', 'commune', 'school', 'class', 'kit', 'seat')),
    place_id TEXT NOT NULL,
    PRIMARY KEY (account_id, role, extent, place_id)
);
CREATE INDEX account_grant_role ON account_grant (role, extent, place_id);
INSERT INTO account_grant (account_id, role, extent, place_id)
    SELECT account_id, role, 'territory', '' FROM account;
ALTER TABLE account DROP COLUMN role;
ALTER TABLE api_token ADD COLUMN scope TEXT NOT NULL DEFAULT 'territory';

-- The class that has a kit now; NULL: none.
ALTER TABLE kit ADD COLUMN class_id TEXT REFERENCES school_class (class_id);
CREATE INDEX kit_class ON kit (class_id);

-- A password_hash that is empty: the account has no password. device_epoch: counts what makes known devices unknown.
ALTER TABLE account ADD COLUMN device_epoch BIGINT NOT NULL DEFAULT 1;

-- Sessions. session_id names one where its cookie's digest must not be told. seen_at: to ten minutes. proved_at: when
-- its person last proved who he is. method: password, passkey, oidc or demo; second: by what else, or empty. device: browser/system, from a short list. renew: 1 when the cookie has
-- to be changed; the one before, previous_digest, is good for a minute after renewed_at.
ALTER TABLE session ADD COLUMN session_id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN renew BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN previous_digest TEXT;
ALTER TABLE session ADD COLUMN renewed_at BIGINT NOT NULL DEFAULT 0;
DELETE FROM session;
CREATE INDEX session_previous ON session (previous_digest) WHERE previous_digest IS NOT NULL;

-- One-time passwords by the clock (RFC 6238). confirmed_at: NULL until its first right code. last_step: the newest step
-- of thirty seconds whose code was taken; an older one is not taken any more.
CREATE TABLE totp_secret (
    account_id TEXT PRIMARY KEY REFERENCES account (account_id),
    sealed_secret BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL DEFAULT 0
);

-- Recovery codes: SHA-256 in hex of each; a row goes when its code is used.
CREATE TABLE recovery_code (
    account_id TEXT NOT NULL REFERENCES account (account_id),
    code_digest TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, code_digest)
);

-- The login of another service (OpenID Connect) that opens an account here.
CREATE TABLE oidc_link (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (account_id),
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX oidc_link_account ON oidc_link (account_id);

-- A step of coming in that waits for the next one, once. step_digest: SHA-256 of the token that comes back; browser:
-- SHA-256 of the browser's form cookie. tries: wrong answers so far.
CREATE TABLE entry_step (
    step_digest TEXT PRIMARY KEY,
    browser TEXT NOT NULL,
    kind TEXT NOT NULL,
    sealed_detail BYTEA NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL
);
CREATE INDEX entry_step_expiry ON entry_step (expires_at);

-- Letters by e-mail. about: whom they concern, such as invitation:<invitation_id>. sealed_letter: address and text, gone
-- as soon as the letter was sent or given up. next_at: when it is tried; while it is being sent, until when nobody else
-- takes it. reply: the mail server's code when it refused.
CREATE TABLE letter (
    letter_id TEXT PRIMARY KEY,
    about TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    sealed_letter BYTEA,
    tries BIGINT NOT NULL DEFAULT 0,
    reply BIGINT,
    made_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX letter_due ON letter (next_at) WHERE state = 'waiting';
CREATE INDEX letter_about ON letter (about);
CREATE INDEX letter_done ON letter (done_at) WHERE done_at IS NOT NULL;

-- Invitations: a code that is used once. code_digest: SHA-256 in hex. email_digest: HMAC of the address with a key of the
-- vault. account_id: the account that the code leads back into, after its means of signing in were reset; such a code
-- gives no role. label: words by which the inviting person recognises it. made_by, used_by: as in account:anne.
CREATE TABLE invitation (
    invitation_id TEXT PRIMARY KEY,
    code_digest TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    extent TEXT NOT NULL,
    place_id TEXT NOT NULL,
    account_id TEXT REFERENCES account (account_id),
    way TEXT NOT NULL CHECK (way IN ('mail', 'paper')),
    label TEXT NOT NULL DEFAULT '',
    email_digest TEXT,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by TEXT,
    withdrawn_at BIGINT
);
CREATE INDEX invitation_email ON invitation (email_digest) WHERE email_digest IS NOT NULL;
CREATE INDEX invitation_account ON invitation (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX invitation_expiry ON invitation (expires_at);
CREATE INDEX invitation_made ON invitation (made_by, made_at);
