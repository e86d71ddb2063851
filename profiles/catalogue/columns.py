"""The columns of the catalogue as a CSV file, with titles in English and in French."""

import msgspec

from mdm.fleet.csv_reading import Column, fold_title
from profiles.catalogue.cells import (
    CODES,
    COUNTRIES,
    EUROS,
    FLAG,
    KIND,
    LEVELS,
    LINES,
    OFFLINE,
    PERIOD,
    SUBJECTS_FORM,
    TEXT,
    UNIT,
    VERSION,
    WHOLE,
    Form,
    Language,
)


class Field(msgspec.Struct, frozen=True):
    """A column: its English name and French title, other titles, where its value is in an entry, and its form."""

    name: str
    french: str
    path: tuple[str, ...]
    form: Form
    others: tuple[str, ...] = ()

    def title(self, language: Language) -> str:
        """Return the title that is written."""
        return self.french if language == "fr" else self.name

    @property
    def column(self) -> Column:
        """The column as `mdm.fleet.csv_reading` looks for it; none is needed, since a file may be a part."""
        titles = tuple(dict.fromkeys(fold_title(title) for title in (self.name, self.french, *self.others)))
        return Column(self.name, titles, required=False)


_LICENCES = ("item", "licences")
_DATA = ("dossier", "data")

FIELDS = (
    Field("item_id", "identifiant", ("item", "item_id"), TEXT, ("id",)),
    Field("revision", "révision", ("revision",), WHOLE),
    Field("kind", "nature", ("item", "kind"), KIND, ("type",)),
    Field("name", "nom", ("item", "name"), TEXT, ("application", "ressource", "titre")),
    Field("publisher", "éditeur", ("item", "publisher"), TEXT),
    Field("bundle_id", "identifiant iPad", ("item", "bundle_id"), TEXT, ("bundle id", "bundle")),
    Field("store_id", "numéro App Store", ("item", "store_id"), WHOLE, ("app store",)),
    Field("manifest_url", "manifeste", ("item", "manifest_url"), TEXT),
    Field("package", "paquet Android", ("item", "package"), TEXT, ("paquet",)),
    Field("url", "adresse", ("item", "url"), TEXT, ("lien", "adresse web")),
    Field("version", "version", ("item", "version"), VERSION),
    Field("price", "prix", (*_LICENCES, "price_cents"), EUROS, ("prix ttc", "prix en euros")),
    Field("price_unit", "prix par", (*_LICENCES, "unit"), UNIT),
    Field("price_period", "durée du prix", (*_LICENCES, "period"), PERIOD, ("période",)),
    Field("licences", "licences", (*_LICENCES, "held"), WHOLE, ("nombre de licences",)),
    Field("licences_until", "licences jusqu'au", (*_LICENCES, "held_until"), TEXT),
    Field("licence_terms", "conditions", (*_LICENCES, "terms"), TEXT, ("licence",)),
    Field("levels", "cycles", ("item", "levels"), LEVELS, ("cycle", "niveaux")),
    Field("subjects", "matières", ("item", "subjects"), SUBJECTS_FORM, ("disciplines",)),
    Field("languages", "langues", ("item", "languages"), CODES, ("langue",)),
    Field("size_bytes", "taille en octets", ("item", "size_bytes"), WHOLE),
    Field("offline", "hors connexion", ("item", "offline"), OFFLINE, ("hors ligne",)),
    Field("purpose", "intérêt pédagogique", ("dossier", "purpose"), TEXT, ("usage pédagogique", "objectif")),
    Field("data_collected", "données collectées", (*_DATA, "collected"), LINES),
    Field("hosting", "hébergement", (*_DATA, "hosting"), COUNTRIES, ("pays d'hébergement",)),
    Field("sub_processors", "sous-traitants", (*_DATA, "sub_processors"), LINES),
    Field("transfers", "transferts hors UE", (*_DATA, "transfers"), LINES),
    Field("minimum_age", "âge minimum", (*_DATA, "minimum_age"), WHOLE, ("âge minimal",)),
    Field("advertising", "publicité", (*_DATA, "advertising"), FLAG),
    Field("in_app_purchases", "achats intégrés", (*_DATA, "in_app_purchases"), FLAG),
    Field("trackers", "traceurs", (*_DATA, "trackers"), LINES, ("pisteurs",)),
    Field("accessibility", "accessibilité", ("dossier", "accessibility"), TEXT),
    Field("evidence", "preuves", ("dossier", "evidence"), TEXT, ("retours d'expérience", "études")),
    Field("cost_per_pupil_year", "coût par élève et par an", ("dossier", "cost_cents"), EUROS),
    Field("tried_by", "essayé par", ("dossier", "tried_by"), CODES),
)
"""An item's icon, its documents and what the machine found are not in CSV files."""
