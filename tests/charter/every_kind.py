"""A charter on paper in which every kind of decision was taken, with every kind of ballot."""

import msgspec

from profiles.charter.convention import convention_of
from profiles.charter.decision import DAY_MS
from profiles.charter.record import Seat
from tests.charter.agreeing import START, PaperCharter
from tests.charter.authenticator import Authenticator

BODIES = [
    {"body": "authority", "name": "Élus de l'autorité"},
    {"body": "dsden", "name": "DSDEN et inspecteurs"},
    {"body": "teachers", "name": "Enseignants"},
    {"body": "parents", "name": "Représentants des parents", "consultative": True},
]
ALL_THREE = [{"body": "authority"}, {"body": "dsden"}, {"body": "teachers"}]
RULES = {
    "default": {"needs": ALL_THREE, "notice_days": 7},
    "home_rule": {"needs": ALL_THREE, "notice_days": 15, "secret": True},
    "purchase": {
        "needs": [{"body": "authority", "threshold": "all_seats"}, {"body": "dsden", "threshold": "unanimity"}],
        "passkey_only": True,
        "quorum_percent": 100,
        "voting_days": 30,
    },
    "pilot": {"needs": [{"body": "dsden"}], "max_days": 120, "voting_days": 7},
    "urgent_withdrawal": {
        "needs": [{"body": "authority", "threshold": "one"}, {"body": "dsden", "threshold": "one"}],
        "any_of": True,
        "quorum_percent": 0,
        "ratify_days": 45,
    },
}
CONVENTION = convention_of(
    {
        "name": "Convention de la communauté de communes",
        "reference": "délibération 2026-41 du 1er septembre 2026",
        "bodies": BODIES,
        "rules": RULES,
    }
)
LIGHTER = convention_of(
    {
        "name": "Convention de la communauté de communes",
        "reference": "délibération 2026-77 du 15 décembre 2026",
        "version": 2,
        "bodies": BODIES,
        "rules": {**RULES, "resource": {"needs": [{"body": "teachers", "threshold": "two_thirds"}]}},
        "review_months": 12,
    }
)
SEATS = (
    Seat(seat="president", body="authority", label="Présidente", since=START, reference="délibération 2026-41"),
    Seat(seat="mayor", body="authority", label="Maire d'Audignon", since=START, reference="délibération 2026-41"),
    Seat(seat="inspector", body="dsden", label="Inspectrice de circonscription", since=START),
    Seat(seat="adviser", body="dsden", label="Conseiller numérique", since=START, until=START + 4000 * DAY_MS),
    Seat(seat="teacher-1", body="teachers", label="Enseignante à Audignon", since=START),
    Seat(seat="teacher-2", body="teachers", label="Enseignant à Doazit", since=START),
    Seat(seat="teacher-3", body="teachers", label="Enseignante à Horsarrieu", since=START),
    Seat(seat="parent", body="parents", label="Parente d'élève", since=START),
)
POLICY = {
    "name": "Cycle 3, rentrée 2026",
    "time_zone": "Europe/Paris",
    "apps": [
        {"name": "GeoGebra", "bundle_id": "org.geogebra.Geometry", "package": "org.geogebra.android", "store_id": 7},
        {"name": "Appareil photo", "bundle_id": "com.apple.camera", "install": "allowed"},
        {"name": "Chrome", "package": "com.android.chrome", "install": "allowed"},
    ],
    "restrictions": {"only_listed_apps": True, "app_store": False, "siri": False, "airdrop": True},
    "web_clips": [{"label": "Lumni", "url": "https://www.lumni.fr/primaire/cm1"}],
    "web_filter": {"limit_adult_content": True, "blocked": ["https://jeux.example"]},
    "passcode": {"minimum_length": 4},
    "android": {"user_restrictions": ["no_add_user"], "screen_timeout_seconds": 300},
    "home": {"school_days_from": "17:00", "school_days_to": "19:00", "night_from": "20:00", "night_to": "07:00"},
}
LIRE = {"name": "Lire à la volée", "bundle_id": "fr.lire", "package": "fr.lire.volee", "store_id": 11}
HARM = {"name": "Jeu douteux", "bundle_id": "org.doubt", "store_id": 13}
SCHOOLS = ["0400377T", "0400378U"]
KIT = "c0ffee" * 5 + "00"


def every_kind() -> PaperCharter:
    """Take every kind of decision, each in an edition of its own but for two that share one."""
    charter = PaperCharter(
        CONVENTION,
        SEATS,
        {"president": Authenticator("ES256"), "mayor": Authenticator("EdDSA"), "inspector": Authenticator("RS256")},
    )
    propose = charter.proposal
    charter.adopt(POLICY)
    charter.give_key("adviser", Authenticator("ES256"))
    bought = propose(
        "add_app",
        title="Acheter « Lire à la volée »",
        purpose="Entraîner la fluence en lecture, du CM1 à la 6e.",
        changes=[{"op": "add", "path": ["apps"], "value": LIRE}],
        price_cents=125_000,
        dossiers=[{"item_id": "lire", "digest": "ab" * 32}],
    )
    charter.publish(charter.vote(bought, {"president": "yes", "mayor": "yes", "inspector": "yes", "adviser": "yes"}))
    no_camera = propose("setting", changes=[{"op": "set", "path": ["restrictions", "camera"], "value": False}])
    with_harm = propose("add_app", changes=[{"op": "add", "path": ["apps"], "value": HARM}])
    charter.publish(charter.vote(no_camera, meeting="m1", recused=["teacher-2"]), charter.vote(with_harm))
    charter.rotate()
    evenings = [
        {"op": "set", "path": ["home", "school_days_to"], "value": "18:30"},
        {"op": "set", "path": ["home", "loan_needs_training"], "value": False},
    ]
    said = {seat.seat: "yes" for seat in SEATS} | {"teacher-1": "no", "parent": "abstain"}
    charter.publish(charter.vote(propose("home_rule", changes=evenings), said))  # type: ignore[arg-type]
    newer = {**LIRE, "version": "2.1"}
    replaced = [{"op": "replace", "path": ["apps"], "match": {"bundle_id": "fr.lire"}, "value": newer}]
    charter.publish(charter.vote(propose("replace_app", changes=replaced)))
    _change_seats(charter)
    for letters in (SCHOOLS[:1], SCHOOLS):
        clip = {"label": f"Radio {len(letters)}", "url": f"https://radio.example/{len(letters)}"}
        scope = {"name": "webradio", "schools": letters}
        charter.publish(
            charter.vote(propose("group", changes=[{"op": "add", "path": ["web_clips"], "value": clip}], scope=scope))
        )
    tried = {"name": "ScratchJr", "bundle_id": "org.scratchjr", "store_id": 17}
    until = charter.now + 100 * DAY_MS
    pilot = propose(
        "pilot",
        title="Essayer ScratchJr dans deux classes",
        changes=[{"op": "add", "path": ["apps"], "value": tried}],
        scope={"name": "scratch", "kits": [KIT], "until": until},
    )
    charter.publish(charter.vote(pilot))
    _withdraw_and_bring_back(charter)
    charter.publish(charter.vote(propose("convention", convention=LIGHTER.tree(), title="Alléger les pages web")))
    book = {"name": "Lecture", "identifier": "lecture", "url": "https://livres.example/lecture.pdf", "kind": "pdf"}
    resource = [
        {"op": "remove", "path": ["web_filter", "blocked"], "match": "https://jeux.example"},
        {"op": "add", "path": ["books"], "value": book},
    ]
    charter.publish(charter.vote(propose("resource", changes=resource)))
    removed = [{"op": "remove", "path": ["apps"], "match": {"package": "com.android.chrome"}}]
    charter.publish(charter.vote(propose("remove_app", changes=removed)))
    return charter


def _change_seats(charter: PaperCharter) -> None:
    """One seat ends, another begins, and one is signed for with another key than before."""
    charter.now += DAY_MS
    charter.seat_keys = tuple(
        msgspec.structs.replace(one, until=charter.now) if one.seat == "mayor" else one for one in charter.seat_keys
    )
    charter.give_key("mayor", Authenticator("ES256"))
    ended = tuple(
        msgspec.structs.replace(one, until=charter.now) if one.seat == "teacher-3" else one for one in charter.seats
    )
    new = Seat(seat="teacher-4", body="teachers", label="Enseignant à Hagetmau", since=charter.now)
    charter.seats = (*ended, new)


def _withdraw_and_bring_back(charter: PaperCharter) -> None:
    what = {"path": ["apps"], "match": {"bundle_id": "org.doubt", "package": "org.doubt"}}
    for title in ("Retirer « Jeu douteux »", "Retirer « Jeu douteux » une seconde fois"):
        urgent = charter.proposal("urgent_withdrawal", title=title, withdrawn=what)
        charter.publish(charter.vote(urgent, {"inspector": "yes"}))
    ratified = charter.proposal("ratification", ratifies=urgent.digest)
    charter.publish(charter.vote(ratified))
    again = [{"op": "add", "path": ["apps"], "value": HARM}]
    charter.publish(charter.vote(charter.proposal("add_app", title="Reprendre le jeu, corrigé", changes=again)))
