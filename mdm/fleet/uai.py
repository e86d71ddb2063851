"""The UAI (formerly RNE): the national code of a French school, with its check letter.

Seven digits, of which the first three tell the department, then one letter: the number's remainder by 23, read in the
alphabet without I, O and Q. Source: the ministry's directory of schools (data.education.gouv.fr, "Annuaire de
l'éducation"), on whose codes the tests prove the rule.
"""

import re

from mdm.fleet.errors import UaiLetterWrong, UaiMalformed

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPE = re.compile(r"[0-9]{7}[A-Z]")
_SHOWN = 40


def check_letter(digits: str) -> str:
    """Return the check letter of a UAI's seven digits."""
    return _LETTERS[int(digits) % len(_LETTERS)]


def parse_uai(text: str) -> str:
    """Return a UAI as it is stored: eight characters, the letter in upper case.

    Spaces are dropped. Raises `UaiMalformed` for another shape, `UaiLetterWrong` (which names the right letter) when
    the letter is not the number's.
    """
    code = "".join(text.split()).upper()
    if not _SHAPE.fullmatch(code):
        raise UaiMalformed(uai=text.strip()[:_SHOWN])
    expected = code[:7] + check_letter(code[:7])
    if code != expected:
        raise UaiLetterWrong(uai=code, expected=expected)
    return code
