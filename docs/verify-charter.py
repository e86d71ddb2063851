#!/usr/bin/env python3
"""Check a charter by yourself: python verify-charter.py export.json [--first-key FINGERPRINT] [--lang en] [--ballots]

The charter says what the classroom tablets of a territory may hold. A committee votes every change of it. Each
"edition" is a signed record of all that is agreed, with the votes that made it; the export holds them all. This file
needs Python 3.11 and the package "cryptography" (pip install cryptography), asks no server anything, and shares no code
with the program that made the export. Its exit code is 0 when all is right, 1 when something is not.

Checked, from the first edition to the last:
 1. keys: each key that signs editions was signed by the one before it;
 2. the edition: its form, its signature, and that it names the fingerprint of the edition before it;
 3. its decisions: who could vote, the notice and the time to vote, every ballot's signature and whether its key was one
    of the seat's, and the count, under the convention (the committee's rules) in force when the vote was opened;
 4. what it agrees: exactly what its decisions make of the edition before.

No file can show that the first key is the territory's (compare its fingerprint with the one on paper), that seats are
held by those whom deliberations named, or that the keys of a seat are its holder's own (--ballots shows which stood for
it, and which signed each ballot: the holder compares). See docs/charter-verify.md.
"""

import argparse
import base64
import copy
import json
import re
import sys
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

DAY = 24 * 3600 * 1000  # Moments are milliseconds since 1970-01-01T00:00Z.
BAD_BALLOT = "a ballot's signature is not right / la signature d'un bulletin n'est pas juste"


class Wrong(Exception):
    """Something that is not right: the words in English / en français."""


# ---- How values are read, written, hashed and signed -----------------------------------------------------------------
def read_json(raw):
    """Read strict JSON: UTF-8, no name twice in an object, whole numbers only, so that it has one reading."""

    def members(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    value = json.loads(raw.decode("utf-8"), object_pairs_hook=members, parse_float=int, parse_constant=int)
    canonical(value)
    return value


def canonical(value):
    """Write a value in its one form, that of RFC 8785: names in UTF-16 order, no spaces, UTF-8, whole numbers only."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + canonical(value[name]) for name in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, int) and abs(value) >= 2**53:
        raise ValueError
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def fingerprint(value):
    """Return the SHA-256 of a value's one form, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()


def from_base64url(text):
    """Read base64url without padding (RFC 4648), in its only spelling."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise Wrong("a key or signature cannot be read / une clé ou une signature est illisible")
    return raw


def check_signature(key, signature, message, complaint):
    """Check a signature: Ed25519 (EdDSA), ECDSA on P-256 (ES256) or RSA (RS256). No other key proves anything."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(from_base64url(signature), message)
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
            key.verify(from_base64url(signature), message, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(from_base64url(signature), message, padding.PKCS1v15(), SHA256())
        else:
            raise InvalidSignature
    except InvalidSignature:
        raise Wrong(complaint) from None


# ---- The form of each record -----------------------------------------------------------------------------------------
# "name:form", or "name?:form" for a field that may be missing. So that a record has one form only, such a field is left
# out when it holds its usual value: the one after "=", or an empty list. "x*": a list of x; "x%": an object of x.
FORMS = {
    "export": "format:valise-charter/1 keys:key* editions:signed*",
    "signed": "record:edition signature:base64",
    "key": "key:digest public_key:base64 from_number:number previous?:digest|null signature:base64",
    "edition": "format:valise-edition/1 territory:label number:number previous?:digest made_at:number state:state"
    " decisions?:decision* seats?:seat* seat_keys?:seat_key* journal:journal party:party key:digest",
    "state": "policy:object convention:convention variants?:object* withdrawn?:object*",
    "journal": "seq:number hash:text",
    "party": "id:text origins:text*", "elector": "seat:name body:slug",
    "seat": "seat:name body:slug label:label since:number until?:number reference?:text=",
    "seat_key": "seat:name fingerprint:digest since:number until?:number",
    "convention": "name:label reference:label version?:number=1 bodies:body* rules:rule% review_months?:number",
    "body": "body:slug name:label consultative?:bool=false",
    "rule": "needs:need* any_of?:bool=false quorum_percent?:number=50 notice_days?:number=0 voting_days?:number=14"
    " secret?:bool=false passkey_only?:bool=false max_days?:number ratify_days?:number",
    "need": "body:slug threshold?:one|majority|two_thirds|unanimity|all_seats=majority",
    "proposal": "format:valise-proposal/1 proposal_id:name kind:add_app|remove_app|replace_app|resource|setting"
    "|home_rule|review|convention|group|pilot|urgent_withdrawal|ratification|evaluation title:label purpose?:text="
    " changes?:change* scope?:scope convention?:convention withdrawn?:withdrawn ratifies?:digest study?:study"
    " price_cents?:number=0 dossiers?:object*",
    "scope": "name:slug schools?:text* kits?:text* since?:number until?:number",
    "withdrawn": "path:text* match:object|text", "study": "evaluation_id:name digest:digest protocol:object",
    "change": "op:add|remove|replace|set|adopt path?:text* match?:object|text value?:any policy?:object",
    "decision": "proposal:proposal round:number submitted_at:number opened_at:number closes_at:number closed_at:number"
    " electors:elector* recused?:name* ballots?:ballot* taken_part?:ballot* tally:object meeting?:name",
    "ballot": "statement:statement evidence:evidence",
    "statement": "proposal:digest round:number body:slug seat?:name choice?:yes|no|abstain serial?:serial",
    "evidence": "by:passkey|server signature:base64 key?:digest public_key?:base64 credential?:base64"
    " authenticator_data?:base64 client_data?:base64",
}  # fmt: skip
TEXTS = {"text": ".*", "label": ".{1,200}", "name": "[0-9A-Za-z-]{1,64}", "slug": "[a-z][a-z0-9-]{1,39}",
         "digest": "[0-9a-f]{64}", "serial": "[0-9a-f]{32}", "base64": "[A-Za-z0-9_-]*"}  # fmt: skip
TYPES = {"number": int, "bool": bool, "null": type(None), "object": dict}


def fits(value, form):
    """Tell whether a value has a form."""
    if form in TEXTS:
        return type(value) is str and re.fullmatch(TEXTS[form], value, re.DOTALL) is not None
    if form in TYPES or form == "any":
        return form == "any" or (type(value) is TYPES[form] and (form != "number" or value >= 0))
    if form.endswith("*"):
        return type(value) is list and all(fits(one, form[:-1]) for one in value)
    if form.endswith("%"):
        return type(value) is dict and all(fits(one, form[:-1]) for one in value.values())
    if ":" in FORMS.get(form, ""):
        fields = [field.split(":") for field in FORMS[form].split()]
        known = {name.rstrip("?") for name, _ in fields}
        return type(value) is dict and value.keys() <= known and all(has_field(value, *one) for one in fields)
    if "|" in form:
        return value in form.split("|") or any(fits(value, one) for one in form.split("|") if one not in FORMS)
    return value == form  # the word itself


def has_field(record, name, form):
    """Tell whether a record has a field as it should; `name` ends with "?" when it may be missing."""
    (form, equals, usual), must = form.partition("="), name[-1] != "?"
    if name.rstrip("?") not in record:
        return not must
    given = record[name.rstrip("?")]
    is_usual = (given == [] and form != "any") or (equals and json.dumps(given).strip('"') == usual)
    return fits(given, form) and (must or not is_usual)


# ---- Keys and ballots ------------------------------------------------------------------------------------------------
def check_keys(keys):
    """Check that each key was signed by the one before it, the first by itself; return them by fingerprint."""
    known, before = {}, {"from_number": 1}
    complaint = "a key does not follow the one before / une clé ne suit pas la précédente"
    for one in keys:
        raw = from_base64url(one["public_key"])
        follows = one.get("previous") == before.get("key") and one["from_number"] >= before["from_number"]
        if not follows or one["key"] != sha256(raw).hexdigest() or (not known and one["from_number"] != 1):
            raise Wrong(complaint)
        known[one["key"]] = ed25519.Ed25519PublicKey.from_public_bytes(raw)
        said = {name: one[name] for name in ("key", "public_key", "from_number")}
        said |= {"format": "valise-edition-key/1", "previous": one.get("previous") or ""}
        message = b"valise-edition-key/1\n" + sha256(canonical(said)).digest()
        check_signature(known[one.get("previous") or one["key"]], one["signature"], message, complaint)
        before = one
    return known


def check_ballot(ballot, party, keys):
    """Check who signed a ballot: the voter's passkey, whose fingerprint is returned, or only the server."""
    challenge = sha256(canonical({"format": "valise-ballot/1", **ballot["statement"]})).digest()
    proof = ballot["evidence"]
    if proof["by"] == "server":
        return check_signature(keys.get(proof["key"]), proof["signature"], b"valise-ballot/1\n" + challenge, BAD_BALLOT)
    # WebAuthn Level 3, section 7.2: the passkey signs what the browser saw, which is the ballot's fingerprint and the
    # site, and says that it checked who held it (the flags "user present" and "user verified").
    seen, data = from_base64url(proof["client_data"]), from_base64url(proof["authenticator_data"])
    client = json.loads(seen)
    if client["type"] != "webauthn.get" or from_base64url(client["challenge"]) != challenge:
        raise Wrong("a ballot was signed for another content / un bulletin a été signé pour un autre contenu")
    is_here = client["origin"] in party["origins"] and client.get("crossOrigin", False) is False
    if not is_here or len(data) < 37 or data[:32] != sha256(party["id"].encode()).digest():
        raise Wrong("a ballot was signed on another site / un bulletin a été signé sur un autre site")
    if data[32] & 0b101 != 0b101:
        raise Wrong("a passkey did not check who held it / une clé de votant n'a pas vérifié qui la tenait")
    key = from_base64url(proof["public_key"])
    check_signature(load_der_public_key(key), proof["signature"], data + sha256(seen).digest(), BAD_BALLOT)
    return sha256(key).hexdigest()


# ---- Decisions -------------------------------------------------------------------------------------------------------
def check_proposal(proposal):
    """Check that a proposal does what its kind says and no more: other kinds have stricter rules."""
    kind, changes, scope = proposal["kind"], proposal.get("changes", []), proposal.get("scope")
    alone = {"convention": "convention", "urgent_withdrawal": "withdrawn", "ratification": "ratifies",
             "evaluation": "study"}  # fmt: skip
    right = all((part in proposal) == (kind == its_kind) for its_kind, part in alone.items())
    right = right and bool(changes) != (kind in alone) and all(_belongs(kind, one) for one in changes)
    if scope is None:
        right = right and kind not in ("pilot", "group")
    else:
        right = right and kind not in (*alone, "review") and bool(scope.get("schools") or scope.get("kits"))
        right = right and ("until" in scope) == (kind == "pilot") and scope.get("since", -1) < scope.get("until", 0)
    if not right or len(proposal["title"]) < 3:
        raise Wrong("a proposal does more than its kind says / une proposition fait plus que son genre ne le dit")


def _belongs(kind, change):
    op, path = change["op"], change.get("path")
    resources = [["web_clips"], ["books"], ["web_filter", "allowed"], ["web_filter", "blocked"], ["android", "files"]]
    if op == "adopt" or kind in ("review", "pilot", "group"):
        return (op == "adopt") == (kind == "review")
    if kind.endswith("_app"):
        return path == ["apps"] and (op + "_app" == kind or (kind == "replace_app" and op != "set"))
    if kind == "resource":
        return path in resources and op != "set"
    return path[:1] == ["home"] if kind == "home_rule" else path[:1] != ["home"] and path not in (["apps"], *resources)


def rule_of(convention, proposal):
    """Return the convention's rule for a proposal. Pilots and urgent withdrawals need one of their own."""
    kind, rules = proposal["kind"], convention["rules"]
    if kind in ("add_app", "replace_app", "resource") and proposal.get("price_cents", 0) > 0 and "purchase" in rules:
        return rules["purchase"]
    if kind not in rules and (kind in ("pilot", "urgent_withdrawal") or "default" not in rules):
        raise Wrong("the convention has no rule for such a vote / la convention ne prévoit pas un tel vote")
    return rules.get(kind) or rules["default"]


def check_decision(decision, convention, edition, keys):
    """Check who could vote, what they signed, when, and the count."""
    proposal, opened, closed = decision["proposal"], decision["opened_at"], decision["closed_at"]
    check_proposal(proposal)
    rule = rule_of(convention, proposal)
    # Every seat that was held at the opening could vote, but for those that stood aside (a conflict of interest).
    body_of = {one["seat"]: one["body"] for one in decision["electors"]}
    seats, seat_keys, recused = edition.get("seats", []), edition.get("seat_keys", []), decision.get("recused", [])
    held = {(one["seat"], one["body"]) for one in seats if one["since"] <= opened < one.get("until", opened + 1)}
    aside = {one for one in held if one[0] in recused}
    if set(body_of.items()) != held - aside or len(body_of) != len(decision["electors"]) or len(aside) != len(recused):
        raise Wrong("a vote was not open to the right seats / un vote n'était pas ouvert aux bons sièges")
    ballots, taken_part = decision.get("ballots", []), decision.get("taken_part", [])
    bad_seat = "a seat could not vote, or voted twice / un siège ne pouvait pas voter, ou a voté deux fois"
    for ballot in ballots + taken_part:
        said = ballot["statement"]
        if said["proposal"] != fingerprint(proposal) or said["round"] != decision["round"]:
            raise Wrong("a ballot was signed for another content / un bulletin a été signé pour un autre contenu")
        if "seat" in said and body_of.get(said["seat"]) != said["body"]:
            raise Wrong(bad_seat)
        if rule.get("passkey_only") and ballot["evidence"]["by"] != "passkey":
            raise Wrong("a ballot lacks the voter's own key / il manque à un bulletin la clé du votant")
        signer = check_ballot(ballot, edition["party"], keys)
        known = (one for one in seat_keys if (one["seat"], one["fingerprint"]) == (said.get("seat"), signer))
        if signer and not any(one["since"] <= closed and opened < one.get("until", opened + 1) for one in known):
            raise Wrong("a key signed that was not its seat's / une clé a signé qui n'était pas celle de son siège")
    # A secret vote has two lists that nothing joins: who took part, and choices under numbers that only voters know.
    said, signed_in = ([one["statement"] for one in some] for some in (ballots, taken_part))
    voted = [one.get("seat") for one in (signed_in if rule.get("secret") else said)]
    if None in voted or len(set(voted)) != len(voted) or any("choice" not in one for one in said):
        raise Wrong(bad_seat)
    serials = {one.get("serial") for one in said}
    joined = any("seat" in one for one in said) or any("choice" in one for one in signed_in) or None in serials
    as_many = sorted(one["body"] for one in said) == sorted(one["body"] for one in signed_in)
    if (joined or not as_many or len(serials) < len(said)) if rule.get("secret") else signed_in:
        raise Wrong("the lists of a secret vote do not fit / les listes d'un vote secret ne concordent pas")
    tally = count(convention, rule, list(body_of.values()), said)
    if canonical(tally) != canonical(decision["tally"]):
        raise Wrong("the count of a vote is not right / le compte d'un vote n'est pas juste")
    if not tally["adopted"]:
        raise Wrong("a proposal was not adopted / une proposition n'a pas été adoptée")
    # The notice, and how long the vote was open: what is urgent waits for neither; a meeting closes its votes itself.
    submitted, closes = decision["submitted_at"], decision["closes_at"]
    if not submitted <= opened <= closed <= closes:
        raise Wrong("the moments of a vote are not in order / les moments d'un vote ne se suivent pas")
    if proposal["kind"] != "urgent_withdrawal" and opened - submitted < rule.get("notice_days", 0) * DAY:
        raise Wrong("a vote was opened too early / un vote a été ouvert avant la fin de son délai")
    deciding = {one["body"] for one in rule["needs"]}
    everybody = all(seat in voted for seat, body in body_of.items() if body in deciding)
    as_long = closes == opened + rule.get("voting_days", 14) * DAY and (closed == closes or everybody)
    if proposal["kind"] != "urgent_withdrawal" and "meeting" not in decision and not as_long:
        raise Wrong("a vote was not open for its time / un vote n'a pas été ouvert le temps prévu")


def count(convention, rule, seats, said):
    """Count the ballots again. Abstentions count for the quorum and for nothing else."""
    needs, bodies = {one["body"]: one.get("threshold", "majority") for one in rule["needs"]}, []
    for body in (one["body"] for one in convention["bodies"]):
        choices, held = [one["choice"] for one in said if one["body"] == body], seats.count(body)
        yes, no, abstain = (choices.count(choice) for choice in ("yes", "no", "abstain"))
        enough = {"one": yes >= 1, "majority": yes > no, "two_thirds": yes >= max(1, 2 * no)}
        enough |= {"unanimity": yes >= 1 and no == 0, "all_seats": yes == held}
        reason = "" if body not in needs or enough[needs[body]] else "not enough said yes"
        if body in needs and len(choices) * 100 < rule.get("quorum_percent", 50) * held:
            reason = "too few took part"
        if body in needs and held == 0:
            reason = "nobody sits there"
        counted = {"body": body, "seats": held, "yes": yes, "no": no, "abstain": abstain, "binding": body in needs}
        bodies.append(counted | {"satisfied": body in needs and not reason} | ({"reason": reason} if reason else {}))
    satisfied = [one["satisfied"] for one in bodies if one["binding"]]
    return {"adopted": bool(satisfied) and (any if rule.get("any_of") else all)(satisfied), "bodies": bodies}


# ---- What is agreed --------------------------------------------------------------------------------------------------
def apply_changes(policy, changes):
    """Return a policy after a proposal's changes, made one after the other."""
    policy = copy.deepcopy(policy)
    for change in copy.deepcopy(changes):
        if change["op"] == "adopt":
            policy = change["policy"]
            continue
        here, (*way, last) = policy, change["path"]
        for name in way:
            here[name] = here = here.get(name) or {}
        if change["op"] == "set" and change["value"] is not None:
            here.update({last: change["value"]})
        elif change["op"] == "set":
            here.pop(last)
        elif change["op"] == "add" and change["value"] not in here.setdefault(last, []):
            here[last].append(change["value"])
        else:
            (place,) = (place for place, one in enumerate(here[last]) if matches(one, change["match"], all))
            here[last][place : place + 1] = [change["value"]] if change["op"] == "replace" else []
    return policy


def matches(entry, match, how):
    """Tell whether an entry of a list is meant: by `all` that the match names, or by `any` of it."""
    if not isinstance(match, dict) or not isinstance(entry, dict):
        return entry == match
    return bool(match) and how(name in entry and entry[name] == value for name, value in match.items())


def without_withdrawn(policy, path, match):
    """Return a policy without the entries of a list that were withdrawn."""
    here = policy = copy.deepcopy(policy)
    for name in path[:-1]:
        here = here.get(name) if isinstance(here, dict) else None
    if isinstance(here, dict) and isinstance(here.get(path[-1]), list):
        here[path[-1]] = [one for one in here[path[-1]] if not matches(one, match, any)]
    return policy


def brings_back(changes, withdrawal):
    """Tell whether one of the changes brings what was withdrawn."""
    path, match = withdrawal["path"], withdrawal["match"]
    policies = [one["policy"] for one in changes if one["op"] == "adopt"]
    values = [one["value"] for one in changes if one["op"] in ("add", "replace") and one["path"] == path]
    back = any(without_withdrawn(one, path, match) != one for one in policies)
    return back or any(matches(one, match, any) for one in values)


def after_decision(state, decision, convention):
    """Return what is agreed after a decision that was taken under a convention."""
    proposal, decided, digest = decision["proposal"], decision["closed_at"], fingerprint(decision["proposal"])
    kind, changes, scope = proposal["kind"], proposal.get("changes", []), proposal.get("scope")
    state = copy.deepcopy(state)
    if kind == "convention":
        return {**state, "convention": proposal["convention"]}
    if kind == "urgent_withdrawal":
        ratify_by = decided + rule_of(convention, proposal).get("ratify_days", 0) * DAY
        one = {"decided_by": digest, **proposal["withdrawn"], "since": decided, "ratify_by": ratify_by}
        return {**state, "withdrawn": [*state["withdrawn"], one]}
    if kind == "ratification":
        # What is ratified leaves the policy for good, and waits for nothing more.
        found = [one for one in state["withdrawn"] if one["decided_by"] == proposal["ratifies"]]
        ratified = [one for one in found if one.pop("ratify_by", None) is not None]
        return {**state, "policy": without_withdrawn(state["policy"], ratified[0]["path"], ratified[0]["match"])}
    # To agree to a thing again ends its withdrawal, if that was ratified.
    state["withdrawn"] = [it for it in state["withdrawn"] if "ratify_by" in it or not brings_back(changes, it)]
    if scope is None:
        return {**state, "policy": apply_changes(state["policy"], changes)}
    # A group or a pilot: the changes hold for its schools and kits. A group's new changes come after those it has.
    same = [one for one in state["variants"] if one["name"] == scope["name"]]
    longest = rule_of(convention, proposal).get("max_days", 0) * DAY
    if kind == "pilot" and not decided < scope["until"] <= max(scope.get("since", decided), decided) + longest:
        raise Wrong("a pilot is too long / une expérimentation est trop longue")
    if same and "pilot" in (kind, same[0]["kind"]):
        raise Wrong("a group's name is taken / le nom d'un groupe est pris")
    changes = [*(same[0].get("changes", []) if same else []), *changes]
    apply_changes(state["policy"], changes)
    variant = {**scope, "kind": "pilot" if kind == "pilot" else "group", "decided_by": digest, "changes": changes}
    return {**state, "variants": [one for one in state["variants"] if one not in same] + [variant]}


def check_seats(this, before):
    """Check seats and their keys: as they were in the edition before, or ended since; others are only added."""
    right, made_at, never = True, before["made_at"], 2**53
    for part in ("seats", "seat_keys"):
        now, then = this.get(part, []), before.get(part, [])
        right = right and len(now) >= len(then) and all(one["since"] >= made_at for one in now[len(then) :])
        for one, was in zip(now, then, strict=False):
            ended = made_at <= one.get("until", -1) < was.get("until", never)
            right = right and (one == was or (ended and {**one, "until": 0} == {**was, "until": 0}))
    for key in this.get("seat_keys", []):  # It stands while its seat is held.
        held = [one for one in this.get("seats", []) if one["seat"] == key["seat"] and one["since"] <= key["since"]]
        right = right and any(key.get("until", never) <= one.get("until", never) for one in held)
    if not right:
        raise Wrong("a seat or its key was changed afterwards / un siège ou sa clé a été changé après coup")


def check_edition(edition, earlier, known, keys, carried):
    """Check one edition against those before it. `carried`: the proposals that were carried out so far."""
    this = edition["record"]
    state, decisions = this["state"], this.get("decisions", [])
    if this["key"] != [one["key"] for one in keys if one["from_number"] <= this["number"]][-1]:
        raise Wrong("it was signed with another key / elle a été signée avec une autre clé")
    digest, complaint = bytes.fromhex(fingerprint(this)), "its signature is not right / sa signature n'est pas juste"
    check_signature(known[this["key"]], edition["signature"], b"valise-edition/1\n" + digest, complaint)
    check_seats(this, earlier[-1] if earlier else {"made_at": 0})
    # A convention can be followed: its rules need bodies that are there and bind, each named once.
    binding = {one["body"] for one in state["convention"]["bodies"] if not one.get("consultative")}
    needs = [[one["body"] for one in rule["needs"]] for rule in state["convention"]["rules"].values()]
    if not all(0 < len(some) == len(binding.intersection(some)) for some in needs):
        raise Wrong("its convention contradicts itself / sa convention se contredit")
    if not earlier:
        is_bare = state.keys() == {"policy", "convention"} and state["policy"].keys() == {"name"}
        if this["number"] != 1 or "previous" in this or decisions or not is_bare:
            raise Wrong("it holds more than the convention / elle contient plus que la convention")
        return
    before = earlier[-1]
    follows = this["number"] == before["number"] + 1 and this.get("previous") == fingerprint(before)
    later = this["made_at"] >= before["made_at"] and this["journal"]["seq"] >= before["journal"]["seq"]
    if not follows or not later or this["territory"] != before["territory"]:
        raise Wrong("it does not follow the edition before / elle ne suit pas l'édition précédente")
    # Pilots that are over and withdrawals that nobody ratified in time end by themselves.
    agreed, now = {"variants": [], "withdrawn": [], **before["state"]}, this["made_at"]
    agreed["variants"] = [one for one in agreed["variants"] if now < one.get("until", now + 1)]
    agreed["withdrawn"] = [one for one in agreed["withdrawn"] if now < one.get("ratify_by", now + 1)]
    for decision in decisions:
        proposal_id = decision["proposal"]["proposal_id"]
        conventions = [one["state"]["convention"] for one in earlier if one["made_at"] <= decision["opened_at"]]
        if not conventions or decision["closed_at"] > this["made_at"]:
            raise Wrong("the moments of a vote are not in order / les moments d'un vote ne se suivent pas")
        check_decision(decision, conventions[-1], this, known)
        if proposal_id in carried:
            raise Wrong("one decision is carried out twice / une décision est appliquée deux fois")
        carried.add(proposal_id)
        agreed = after_decision(agreed, decision, conventions[-1])
    if canonical({name: one for name, one in agreed.items() if one != []}) != canonical(state):
        raise Wrong("it agrees more than its decisions / elle convient d'autre chose que ses décisions")


def report(export, say, with_ballots):
    """Return the lines that say what was found; `say` picks the language."""
    records = [one["record"] for one in export["editions"]]
    decisions = [(one["number"], each) for one in records for each in one.get("decisions", [])]
    ballots = [each.get("ballots", []) + each.get("taken_part", []) for _, each in decisions]
    own, last = sum(one["evidence"]["by"] == "passkey" for some in ballots for one in some), records[-1]
    yield say("All is right: {} / Tout est juste : {}", last["territory"])
    yield say("Editions: {}; the newest: / Éditions : {} ; la plus récente :", len(records)) + f" {fingerprint(last)}"
    yield say("Decisions: {} / Décisions : {}", len(decisions))
    for (number, each), some in zip(decisions, ballots, strict=True):
        day, title = f"{datetime.fromtimestamp(each['closed_at'] // 1000, UTC):%Y-%m-%d}", each["proposal"]["title"]
        counts = [sum(one[choice] for one in each["tally"]["bodies"]) for choice in ("yes", "no", "abstain")]
        words = "edition {}, {}: {} ({} yes, {} no, {} abstain) / édition {}, {} : {} ({} oui, {} non, {} abstentions)"
        yield "  " + say(words, number, day, title, *counts)
        for ballot in some if with_ballots else []:
            said, key = ballot["statement"], ballot["evidence"].get("public_key")
            signer = sha256(from_base64url(key)).hexdigest() if key else say("server / serveur")
            yield f"    {said['body']} {said.get('seat') or said['serial']} {said.get('choice', '')} {signer}"
    yield from [say("Keys of the seats, since when: / Clés des sièges, depuis quand :")] if with_ballots else []
    for one in last.get("seat_keys", []) if with_ballots else []:
        times = [datetime.fromtimestamp(one[name] // 1000, UTC) for name in ("since", "until") if name in one]
        yield f"  {one['seat']} {one['fingerprint']} {' – '.join(f'{time:%Y-%m-%d}' for time in times)}"
    words = "Ballots: {} signed with voters' own keys, {} by the server's word alone"
    words += " / Bulletins : {} signés avec la clé des votants, {} sur la seule parole du serveur"
    yield say(words, own, sum(map(len, ballots)) - own)
    words = "The first key, to compare with the one on paper: / La première clé, à comparer avec celle sur papier :"
    yield say(words) + f" {export['keys'][0]['key']}"


def main():
    """Check the file that is named, and say what was found."""
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    options.add_argument("export", type=argparse.FileType("rb"))
    options.add_argument("--first-key", metavar="FINGERPRINT", default="")
    options.add_argument("--lang", choices=("fr", "en"), default="fr")
    options.add_argument("--ballots", action="store_true")
    given, known, earlier, carried = options.parse_args(), None, [], set()

    def say(words, *values):
        text = words.split(" / ")[given.lang == "fr"].format(*values)
        return "".join(one if one.isprintable() else " " for one in text)  # what is shown cannot play with the screen

    try:
        export = read_json(given.export.read())
        if not fits(export, "export") or not export["editions"] or not export["keys"]:
            raise ValueError
        known, paper = check_keys(export["keys"]), re.sub(r"[\s:]", "", given.first_key).lower()
        if paper and paper != export["keys"][0]["key"]:
            raise Wrong("the first key is another one / la première clé en est une autre")
        for edition in export["editions"]:
            check_edition(edition, earlier, known, export["keys"], carried)
            earlier.append(edition["record"])
        lines, code = list(report(export, say, given.ballots)), 0
    except Exception as error:  # Whatever cannot be checked is not right.
        no_form = "a record has not its form, or does not fit / un enregistrement n'a pas sa forme, ou ne convient pas"
        place, reason = len(earlier) + 1 if known else "-", str(error) if isinstance(error, Wrong) else no_form
        lines, code = [say("Not right, edition {}: {}. / Pas juste, édition {} : {}.", place, say(reason))], 1
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
    sys.exit(code)


if __name__ == "__main__":
    main()
