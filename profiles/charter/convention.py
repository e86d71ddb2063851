"""A convention: which bodies sit in the committee, and what each kind of decision needs. Adopted by deliberation.

``binding`` bodies decide, others are heard. A rule says what a proposal of its kind needs to be adopted.
"""

import tomllib
from importlib import resources
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.canonical import Tree
from profiles.charter.errors import ConventionInvalid, NoSuchRule

Kind = Literal[
    "add_app",
    "remove_app",
    "replace_app",
    "resource",
    "setting",
    "home_rule",
    "review",
    "convention",
    "group",
    "pilot",
    "urgent_withdrawal",
    "ratification",
    "evaluation",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Threshold = Literal["one", "majority", "two_thirds", "unanimity", "all_seats"]

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
EXAMPLES = ("default", "somme", "nord-pas-de-calais")
_FILE_BYTES = 256 * 1024


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a convention. Defaults are not written, so that a field that is added changes no digest."""


class Body(Part, frozen=True, kw_only=True):
    """A body of the committee. ``consultative`` ones vote, and what they say binds nobody."""

    body: Slug
    name: Text
    consultative: bool = False


class Need(Part, frozen=True, kw_only=True):
    """What one body must say.

    ``one``: one yes. ``majority``: more yes than no. ``two_thirds``: twice as many yes as no, at least.
    ``unanimity``: a yes, and no no. ``all_seats``: yes from every seat that is held. Abstentions count for the quorum.
    """

    body: Slug
    threshold: Threshold = "majority"


class Rule(Part, frozen=True, kw_only=True):
    """What a kind of decision needs.

    With ``any_of`` one satisfied need is enough; otherwise all are. ``quorum_percent`` of each needed body's held
    seats must take part. ``notice_days`` lie between submission and vote. ``max_days`` bounds a pilot,
    ``ratify_days`` an urgent withdrawal.
    """

    needs: Annotated[tuple[Need, ...], Meta(min_length=1, max_length=20)]
    any_of: bool = False
    quorum_percent: Annotated[int, Meta(ge=0, le=100)] = 50
    notice_days: Annotated[int, Meta(ge=0, le=365)] = 0
    voting_days: Annotated[int, Meta(ge=1, le=365)] = 14
    secret: bool = False
    passkey_only: bool = False
    max_days: Annotated[int, Meta(ge=1, le=730)] | None = None
    ratify_days: Annotated[int, Meta(ge=1, le=365)] | None = None


class Convention(Part, frozen=True, kw_only=True):
    """The rules of the committee. ``reference``: the deliberation that adopted them.

    ``rules`` by kind; ``purchase`` is for apps that cost something, where it is there; ``default`` for the rest.
    ``review_months``: how often the whole charter is reviewed, where that is agreed.
    """

    name: Text
    reference: Text
    version: Annotated[int, Meta(ge=1, le=10_000)] = 1
    bodies: Annotated[tuple[Body, ...], Meta(min_length=1, max_length=20)]
    rules: Annotated[dict[str, Rule], Meta(min_length=1, max_length=40)]
    review_months: Annotated[int, Meta(ge=1, le=120)] | None = None

    def tree(self) -> Tree:
        """Return the convention as plain values."""
        return msgspec.to_builtins(self)

    def body_named(self, body: str) -> Body | None:
        """Return a body by its short name."""
        return next((one for one in self.bodies if one.body == body), None)


def rule_for(convention: Convention, kind: Kind, *, price_cents: int = 0) -> Rule:
    """Return the rule that a decision is taken by; raise `NoSuchRule`.

    A pilot and an urgent withdrawal need a rule of their own: they are lighter ways, which a convention must allow.
    """
    if kind in ("add_app", "replace_app", "resource") and price_cents > 0 and "purchase" in convention.rules:
        return convention.rules["purchase"]
    rule = convention.rules.get(kind)
    if rule is None and kind not in ("pilot", "urgent_withdrawal"):
        rule = convention.rules.get("default")
    if rule is None:
        raise NoSuchRule(kind=kind)
    return rule


def load_convention(body: bytes, filename: str = "convention.toml") -> Convention:
    """Read a convention from TOML, or from JSON where the name ends so; raise `ConventionInvalid` naming the field."""
    if len(body) > _FILE_BYTES:
        raise ConventionInvalid(where=filename, reason=Words(N_("the file is too large")))
    try:
        tree = msgspec.json.decode(body) if filename.endswith(".json") else tomllib.loads(body.decode("utf-8"))
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConventionInvalid(where=filename, reason=str(error)[:200]) from error
    return convention_of(tree)


def convention_of(tree: Tree) -> Convention:
    """Return the convention in a tree of plain values; raise `ConventionInvalid`."""
    try:
        convention = msgspec.convert(tree, Convention, strict=True)
    except msgspec.ValidationError as error:
        raise ConventionInvalid(where="convention", reason=str(error)[:200]) from error
    _require_coherent(convention)
    return convention


def example(name: str) -> Convention:
    """Return one of the conventions that come with Valise: see `EXAMPLES`."""
    file = resources.files("profiles.charter").joinpath("conventions", f"{name}.toml")
    return load_convention(file.read_bytes(), file.name)


def _require_coherent(convention: Convention) -> None:
    known = {one.body: one for one in convention.bodies}
    if len(known) != len(convention.bodies):
        raise ConventionInvalid(where="bodies", reason=Words(N_("a body is there twice")))
    for kind, rule in convention.rules.items():
        where = f"rules.{kind}"
        if kind not in (*KINDS, "purchase", "default"):
            raise ConventionInvalid(where=where, reason=Words(N_("there is no such kind of decision")))
        for need in rule.needs:
            if need.body not in known:
                raise ConventionInvalid(where=f"{where}.needs", reason=Words(N_("it names a body that is not there")))
            if known[need.body].consultative:
                raise ConventionInvalid(where=f"{where}.needs", reason=Words(N_("a consultative body binds nobody")))
        if len({need.body for need in rule.needs}) != len(rule.needs):
            raise ConventionInvalid(where=f"{where}.needs", reason=Words(N_("a body is there twice")))
        if rule.secret and rule.passkey_only:
            reason = Words(N_("a secret ballot cannot be signed with the voter's own key"))
            raise ConventionInvalid(where=where, reason=reason)
        if (kind == "pilot") != (rule.max_days is not None):
            raise ConventionInvalid(where=where, reason=Words(N_("max_days goes with pilots, and pilots need it")))
        if (kind == "urgent_withdrawal") != (rule.ratify_days is not None):
            reason = Words(N_("ratify_days goes with urgent withdrawals, and they need it"))
            raise ConventionInvalid(where=where, reason=reason)
    needed = [kind for kind in ("convention", "ratification") if kind not in convention.rules]
    if needed and "default" not in convention.rules:
        raise ConventionInvalid(where="rules", reason=Words(N_("a rule named default is needed for the other kinds")))
