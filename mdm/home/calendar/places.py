"""Where a school is, as far as its calendar is concerned: its académie's zone, its clock, its public holidays.

Source: code de l'éducation, articles D. 521-1 to D. 521-7 and R. 222-2; arrêté du 22 octobre 2025, article 3, for the
académies of each zone. Corsica and each overseas académie set their own dates.
"""

from collections.abc import Mapping

import msgspec

PARIS = "Europe/Paris"

ZONES: Mapping[str, str] = {
    "A": "Zone A",
    "B": "Zone B",
    "C": "Zone C",
    "corse": "Corse",
    "guadeloupe": "Guadeloupe",
    "martinique": "Martinique",
    "guyane": "Guyane",
    "reunion": "La Réunion",
    "mayotte": "Mayotte",
    "saint-pierre-et-miquelon": "Saint-Pierre-et-Miquelon",
    "polynesie": "Polynésie française",
    "nouvelle-caledonie": "Nouvelle-Calédonie",
    "wallis-et-futuna": "Wallis-et-Futuna",
}
"""The zones by code, with their names, which are proper nouns."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a school's department decides. ``holidays``: the group of departments with the same public holidays."""

    department: str
    zone: str
    time_zone: str
    holidays: str


_ACADEMIES: Mapping[str, tuple[str, ...]] = {
    "Besançon": ("25", "39", "70", "90"),
    "Bordeaux": ("24", "33", "40", "47", "64"),
    "Clermont-Ferrand": ("03", "15", "43", "63"),
    "Dijon": ("21", "58", "71", "89"),
    "Grenoble": ("07", "26", "38", "73", "74"),
    "Limoges": ("19", "23", "87"),
    "Lyon": ("01", "42", "69"),
    "Poitiers": ("16", "17", "79", "86"),
    "Aix-Marseille": ("04", "05", "13", "84"),
    "Amiens": ("02", "60", "80"),
    "Lille": ("59", "62"),
    "Nancy-Metz": ("54", "55", "57", "88"),
    "Nantes": ("44", "49", "53", "72", "85"),
    "Nice": ("06", "83"),
    "Normandie": ("14", "27", "50", "61", "76"),
    "Orléans-Tours": ("18", "28", "36", "37", "41", "45"),
    "Reims": ("08", "10", "51", "52"),
    "Rennes": ("22", "29", "35", "56"),
    "Strasbourg": ("67", "68"),
    "Créteil": ("77", "93", "94"),
    "Montpellier": ("11", "30", "34", "48", "66"),
    "Paris": ("75",),
    "Toulouse": ("09", "12", "31", "32", "46", "65", "81", "82"),
    "Versailles": ("78", "91", "92", "95"),
}
_ZONE_A = ("Besançon", "Bordeaux", "Clermont-Ferrand", "Dijon", "Grenoble", "Limoges", "Lyon", "Poitiers")
_ZONE_C = ("Créteil", "Montpellier", "Paris", "Toulouse", "Versailles")
_ALSACE_MOSELLE = ("57", "67", "68")

_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "2A": ("corse", PARIS),
    "2B": ("corse", PARIS),
    "971": ("guadeloupe", "America/Guadeloupe"),
    "972": ("martinique", "America/Martinique"),
    "973": ("guyane", "America/Cayenne"),
    "974": ("reunion", "Indian/Reunion"),
    "975": ("saint-pierre-et-miquelon", "America/Miquelon"),
    "976": ("mayotte", "Indian/Mayotte"),
    "977": ("guadeloupe", "America/St_Barthelemy"),
    "978": ("guadeloupe", "America/Marigot"),
    "986": ("wallis-et-futuna", "Pacific/Wallis"),
    "987": ("polynesie", "Pacific/Tahiti"),
    "988": ("nouvelle-caledonie", "Pacific/Noumea"),
}


def department_of(insee: str) -> str:
    """Return the department, or overseas collectivity, of a commune's INSEE code."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def academy_of(department: str) -> str | None:
    """Return the académie of a department of zones A, B or C; None elsewhere."""
    return next((name for name, departments in _ACADEMIES.items() if department in departments), None)


def place_of(insee: str) -> Place:
    """Return the place of a school in the commune of that INSEE code."""
    department = department_of(insee)
    if department in _ELSEWHERE:
        zone, time_zone = _ELSEWHERE[department]
        holidays = "france" if zone == "corse" else department
        return Place(department=department, zone=zone, time_zone=time_zone, holidays=holidays)
    academy = academy_of(department)
    zone = "A" if academy in _ZONE_A else "C" if academy in _ZONE_C else "B"
    holidays = "alsace-moselle" if department in _ALSACE_MOSELLE else "france"
    return Place(department=department, zone=zone, time_zone=PARIS, holidays=holidays)
