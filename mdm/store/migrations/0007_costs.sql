-- Costs and life of the hardware. Amounts are cents of euros with VAT, rates per mille, days are ISO dates (2026-03-31).

-- kind: hardware, licence, service, case, repair. extent: the places in cost_purchase_place are territories, communes,
-- schools or kits. item_id: the catalogue's identifier, or empty. last_year: of a yearly purchase, NULL without end.
-- units, life_years: how many tablets or licences, and how many years its tablets are planned for.
CREATE TABLE cost_purchase (
    purchase_id TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hardware', 'licence', 'service', 'case', 'repair')),
    amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
    vat_per_mille BIGINT NOT NULL CHECK (vat_per_mille >= 0),
    bought_on TEXT NOT NULL,
    supplier_reference TEXT NOT NULL,
    extent TEXT NOT NULL CHECK (extent IN ('territory', 'communes', 'schools', 'kits')),
    item_id TEXT NOT NULL,
    group_purchase BIGINT NOT NULL,
    recurrence TEXT NOT NULL CHECK (recurrence IN ('once', 'yearly')),
    last_year BIGINT,
    units BIGINT,
    life_years BIGINT,
    withdrawn BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE cost_purchase_place (
    purchase_id TEXT NOT NULL REFERENCES cost_purchase (purchase_id),
    place_id TEXT NOT NULL,
    PRIMARY KEY (purchase_id, place_id)
);

CREATE TABLE cost_lot (
    purchase_id TEXT NOT NULL REFERENCES cost_purchase (purchase_id),
    number BIGINT NOT NULL,
    label TEXT NOT NULL,
    amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
    supplier_reference TEXT NOT NULL,
    PRIMARY KEY (purchase_id, number)
);

-- Sharing keys, in the order in which they were entered; reference: the deliberation's. basis: pupils, tablets.
CREATE TABLE cost_key (
    version BIGINT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    adopted_on TEXT NOT NULL,
    first_year BIGINT NOT NULL,
    common_per_mille BIGINT NOT NULL CHECK (common_per_mille BETWEEN 0 AND 1000),
    basis TEXT NOT NULL CHECK (basis IN ('pupils', 'tablets'))
);

-- Rules of a key for some purchases. item: a kind, or a purchase's identifier.
CREATE TABLE cost_key_item (
    version BIGINT NOT NULL REFERENCES cost_key (version),
    item TEXT NOT NULL,
    common_per_mille BIGINT NOT NULL CHECK (common_per_mille BETWEEN 0 AND 1000),
    basis TEXT NOT NULL CHECK (basis IN ('pupils', 'tablets')),
    PRIMARY KEY (version, item)
);

-- How many pupils a school has for the sharing of a year.
CREATE TABLE cost_pupils (
    uai TEXT NOT NULL REFERENCES school (uai),
    year BIGINT NOT NULL,
    pupils BIGINT NOT NULL CHECK (pupils >= 0),
    PRIMARY KEY (uai, year)
);
CREATE INDEX cost_pupils_year ON cost_pupils (year);

-- state: asked, granted, paid, refused.
CREATE TABLE cost_subsidy (
    subsidy_id TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    funder TEXT NOT NULL,
    reference TEXT NOT NULL,
    rate_per_mille BIGINT NOT NULL CHECK (rate_per_mille BETWEEN 1 AND 1000),
    ceiling_cents BIGINT,
    vat_qualifies BIGINT NOT NULL,
    starts_on TEXT,
    ends_on TEXT,
    state TEXT NOT NULL CHECK (state IN ('asked', 'granted', 'paid', 'refused'))
);

CREATE TABLE cost_subsidy_purchase (
    subsidy_id TEXT NOT NULL REFERENCES cost_subsidy (subsidy_id),
    purchase_id TEXT NOT NULL REFERENCES cost_purchase (purchase_id),
    PRIMARY KEY (subsidy_id, purchase_id)
);
CREATE INDEX cost_subsidy_purchase_purchase ON cost_subsidy_purchase (purchase_id);

-- How long tablets of a model are planned for, and what one costs to replace (NULL: not known).
CREATE TABLE cost_model_life (
    model TEXT PRIMARY KEY,
    life_years BIGINT NOT NULL,
    price_cents BIGINT
);

-- What a person says of a tablet's date in service and of the purchase that it came with; NULL: not said.
CREATE TABLE cost_tablet_service (
    tablet_id TEXT PRIMARY KEY REFERENCES tablet (tablet_id),
    in_service_on TEXT,
    purchase_id TEXT REFERENCES cost_purchase (purchase_id)
);
