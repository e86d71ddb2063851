"""What is taught: the school's cycles and subjects, as the catalogue names them."""

from typing import Literal, get_args

from mdm.i18n import N_

Cycle = Literal[1, 2, 3, 4]
"""Cycle 1 is the école maternelle, 2 is CP to CE2, 3 is CM1 to 6e, 4 is 5e to 3e (Code de l'éducation, D311-10)."""

Subject = Literal[
    "french",
    "mathematics",
    "science",
    "technology",
    "exploring_the_world",
    "history_geography",
    "civics",
    "modern_languages",
    "regional_languages",
    "arts",
    "music",
    "physical_education",
    "media_literacy",
    "inclusion",
    "tools",
]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)

SUBJECT_NAMES: dict[Subject, str] = {
    "french": N_("French"),
    "mathematics": N_("mathematics"),
    "science": N_("science"),
    "technology": N_("technology and computing"),
    "exploring_the_world": N_("exploring the world"),
    "history_geography": N_("history and geography"),
    "civics": N_("civics"),
    "modern_languages": N_("modern languages"),
    "regional_languages": N_("regional languages"),
    "arts": N_("visual arts"),
    "music": N_("music"),
    "physical_education": N_("physical education"),
    "media_literacy": N_("media literacy"),
    "inclusion": N_("pupils with special needs"),
    "tools": N_("tools for every subject"),
}

FRENCH_NAMES: dict[Subject, tuple[str, ...]] = {
    "french": ("français", "langage", "lecture"),
    "mathematics": ("mathématiques", "maths"),
    "science": ("sciences", "svt", "physique-chimie"),
    "technology": ("technologie", "numérique", "informatique"),
    "exploring_the_world": ("questionner le monde", "explorer le monde", "découverte du monde"),
    "history_geography": ("histoire-géographie", "histoire", "géographie"),
    "civics": ("enseignement moral et civique", "emc"),
    "modern_languages": ("langues vivantes", "anglais", "espagnol", "allemand"),
    "regional_languages": ("langues régionales", "picard", "occitan", "breton", "basque"),
    "arts": ("arts plastiques", "arts", "arts visuels"),
    "music": ("éducation musicale", "musique"),
    "physical_education": ("éducation physique et sportive", "eps"),
    "media_literacy": ("éducation aux médias", "emi"),
    "inclusion": ("besoins particuliers", "inclusion", "ulis"),
    "tools": ("outils", "toutes matières", "transversal"),
}
"""The words of French files; the first is the one that is written."""
