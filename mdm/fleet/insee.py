"""The INSEE code of a commune: five characters, which are not its postal code.

Source: INSEE, Code officiel géographique. Departments 01 to 95 have two digits and the commune three; Corsica is 2A
and 2B (20 has not been used since 1976); overseas departments and collectivities (97x, 98x) leave the commune two.
"""

import re

from mdm.fleet.errors import InseeInCorsica, InseeMalformed, InseeWithoutZero

_MAINLAND = r"(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5])(?!000)\d{3}"
_OVERSEAS = r"(?:97[1-8]|98[46789])(?!00)\d{2}"
_SHAPE = re.compile(f"{_MAINLAND}|{_OVERSEAS}", re.ASCII)
_OLD_CORSICA = re.compile(r"20\d{3}", re.ASCII)
_SHOWN = 40


def parse_insee(text: str) -> str:
    """Return a commune's INSEE code as it is stored.

    Raises `InseeMalformed`; its subclasses tell the two usual slips: a spreadsheet that ate the first zero, and the
    old 20 for Corsica.
    """
    code = "".join(text.split()).upper()
    if _SHAPE.fullmatch(code):
        return code
    if len(code) == 4 and _SHAPE.fullmatch(f"0{code}"):
        raise InseeWithoutZero(insee=code, expected=f"0{code}")
    if _OLD_CORSICA.fullmatch(code):
        raise InseeInCorsica(insee=code, south=f"2A{code[2:]}", north=f"2B{code[2:]}")
    raise InseeMalformed(insee=text.strip()[:_SHOWN])
