"""Who the lines of an import are: matched by key, doubtful, or new; and who is missing; pure.

A key that is found decides: the national number, then name and birth date, then the name within the school. What
contradicts itself, and a name that is close to another, is left for a person to say; nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from mdm.home.pupils.keys import Key, KeyKind, PupilKeys
from mdm.home.pupils.lines import PupilLine, Source
from mdm.home.pupils.names import (
    CLOSE,
    STRICTEST_FIRST,
    NameForm,
    close_first_names,
    fold_name,
    kept_last_name,
    likeness,
    may_be_the_name,
    one_letter_apart,
    shortened,
)
from mdm.home.pupils.pupil import Inscription

_MOST_LETTERS = 4


class Action(StrEnum):
    """What a line does: adds a pupil, brings one back, moves one to a class, says what is known, or asks."""

    ADD = "add"
    BACK = "back"
    MOVE = "move"
    KNOWN = "known"
    ASK = "ask"


class Reason(StrEnum):
    """Why a line asks."""

    CLOSE = "close"
    SEVERAL = "several"
    BIRTH_DIFFERS = "birth_differs"
    NUMBER_DIFFERS = "number_differs"
    OTHER_SCHOOL = "other_school"


class KnownPupil(msgspec.Struct):
    """A pupil who is stored, or was added by a line above. ``whole_last_name``: known of lines of this import only."""

    pupil_id: str
    first_name: str
    last_name: str
    inscriptions: dict[str, Inscription]
    keys: set[Key]
    from_file: int = 0
    whole_last_name: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a line; ``pupil_id`` is empty where it asks, ``last_name`` as the school keeps it, ``keys`` new.

    ``from_onde_now``: a town hall's file had named the pupil, and ONDE's names it now. ``renamed``: what is stored of
    the name is not this.
    """

    line: PupilLine
    action: Action
    pupil_id: str
    last_name: str
    keys: tuple[Key, ...] = ()
    reason: Reason | None = None
    candidates: tuple[str, ...] = ()
    from_onde_now: bool = False
    renamed: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do: a decision for each line, in order, and by school the pupils that no line names."""

    decisions: tuple[Decision, ...]
    missing: dict[str, tuple[str, ...]]
    by_name: dict[str, tuple[str, ...]]
    class_of: dict[tuple[str, str], str]

    def count(self, action: Action) -> int:
        """Return how many lines do this."""
        return sum(one.action is action for one in self.decisions)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of the schools of an import: pupils, names of classes by identifier, name forms."""

    pupils: tuple[KnownPupil, ...]
    class_names: Mapping[str, str]
    forms: Mapping[str, NameForm]


def plan_pupils(lines: Sequence[PupilLine], known: Known, keys: PupilKeys, new_id: Callable[[], str]) -> Plan:
    """Return what becomes of each line; ``new_id`` names the pupils that are new."""
    matcher = _Matcher(known, keys, new_id, _letters(lines))
    keyed = [(line, keys.of_line(line)) for line in lines]
    if known.pupils:
        matcher.claim(keyed)
    decisions = tuple(matcher.decide(line, held) for line, held in keyed)
    return Plan(
        decisions=decisions,
        missing=matcher.missing(sorted({line.uai for line in lines})),
        by_name=matcher.names(),
        class_of=matcher.classes(),
    )


def _letters(lines: Iterable[PupilLine]) -> dict[tuple[str, str, str, str], int]:
    """Return how many letters of a last name tell pupils of one class with one first name apart."""
    groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in lines:
        groups[line.uai, fold_name(line.class_name), fold_name(line.first_name)].add(fold_name(line.last_name))
    found: dict[tuple[str, str, str, str], int] = {}
    for group, names in groups.items():
        if len(names) == 1:
            continue
        for name in names:
            others = names - {name}
            letters = next(
                (count for count in range(1, _MOST_LETTERS) if not any(one.startswith(name[:count]) for one in others)),
                _MOST_LETTERS,
            )
            found[(*group, name)] = letters
    return found


class _Matcher:
    def __init__(
        self,
        known: Known,
        keys: PupilKeys,
        new_id: Callable[[], str],
        letters: Mapping[tuple[str, str, str, str], int],
    ) -> None:
        self._keys = keys
        self._new_id = new_id
        self._letters = letters
        self._forms = known.forms
        self._class_names = known.class_names
        self._pupils: dict[str, KnownPupil] = {}
        self._by_key: dict[str, list[str]] = defaultdict(list)
        # By school: the pupils whose first names begin with a letter, and those of a class.
        self._near: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._mates: dict[tuple[str, str], list[str]] = defaultdict(list)
        # By pupil and school: the files whose lines named the pupil so far, and those whose lines will.
        self._named: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._claimed: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._asked: set[str] = set()
        self._class_of: dict[tuple[str, str], str] = {}
        for pupil in known.pupils:
            self._remember(pupil)

    def claim(self, keyed: Iterable[tuple[PupilLine, tuple[Key, ...]]]) -> None:
        """Note which stored pupils the lines will name by a key, before any line asks whether it means one of them."""
        for line, keys in keyed:
            found, reason = self._find(line, keys)
            if reason is None and len(found) == 1:
                self._claimed[found[0], line.uai].add(line.file)

    def decide(self, line: PupilLine, keys: tuple[Key, ...]) -> Decision:
        """Return what becomes of a line with these keys, and remember it for the lines below."""
        kept = self._kept(line)
        found, reason = self._find(line, keys)
        if reason is None and len(found) == 1:
            return self._matched(line, keys, kept, self._pupils[found[0]])
        if reason is None and not found:
            found = self._close(line, keys)
            reason = Reason.CLOSE if found else None
        if reason is not None:
            self._asked.update(found)
            return Decision(
                line=line,
                action=Action.ASK,
                pupil_id="",
                last_name=kept,
                reason=reason,
                candidates=tuple(found),
            )
        return self._added(line, keys, kept)

    def missing(self, uais: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return by school the pupils whom no line names, nor may name."""
        found: dict[str, list[str]] = {uai: [] for uai in uais}
        for pupil in self._pupils.values():
            if pupil.pupil_id in self._asked:
                continue
            for uai in pupil.inscriptions:
                if uai in found and not self._named.get((pupil.pupil_id, uai)):
                    found[uai].append(pupil.pupil_id)
        return {uai: tuple(ids) for uai, ids in found.items()}

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the pupils of each name key."""
        digests = {key.digest for one in self._pupils.values() for key in one.keys if key.kind is KeyKind.NAME}
        return {digest: tuple(self._by_key[digest]) for digest in digests}

    def classes(self) -> dict[tuple[str, str], str]:
        """Return the name of the class that each pupil would be in, by pupil and school."""
        return self._class_of

    def _find(self, line: PupilLine, keys: Sequence[Key]) -> tuple[list[str], Reason | None]:
        kinds = {key.kind for key in keys}
        found = self._having(keys, KeyKind.INE)
        if found:
            return found, Reason.SEVERAL if len(found) > 1 else None
        found = self._having(keys, KeyKind.BIRTH)
        if found:
            return found, self._against(found, kinds, (KeyKind.INE,))
        found = [one for one in self._having(keys, KeyKind.NAME) if line.uai in self._pupils[one].inscriptions]
        if len(found) > 1:
            in_class = [one for one in found if self._same_class(line, self._pupils[one])]
            found = in_class if len(in_class) == 1 else found
        if found and all(line.file in self._named.get((one, line.uai), ()) for one in found):
            # Another line of this file is that child already: two children of one name.
            return (found, Reason.SEVERAL) if not kinds & {KeyKind.INE, KeyKind.BIRTH} else ([], None)
        return found, self._against(found, kinds, (KeyKind.INE, KeyKind.BIRTH))

    def _against(self, found: Sequence[str], kinds: set[KeyKind], surer: Sequence[KeyKind]) -> Reason | None:
        """Return what speaks against a match: a surer key that both have, and that is not the same."""
        if len(found) > 1:
            return Reason.SEVERAL
        for one in found:
            held = {key.kind for key in self._pupils[one].keys}
            for kind in surer:
                if kind in kinds and kind in held:
                    return Reason.NUMBER_DIFFERS if kind is KeyKind.INE else Reason.BIRTH_DIFFERS
        return None

    def _having(self, keys: Sequence[Key], kind: KeyKind) -> list[str]:
        found: dict[str, None] = {}
        for key in keys:
            if key.kind is kind:
                found.update(dict.fromkeys(self._by_key.get(key.digest, ())))
        return list(found)

    def _close(self, line: PupilLine, keys: Sequence[Key]) -> list[str]:
        kinds = {key.kind for key in keys} - {KeyKind.NAME}
        found = []
        near = self._near.get((line.uai, fold_name(line.first_name)[:1]), ())
        mates = self._mates.get((line.uai, fold_name(line.class_name)), ()) if line.class_name else ()
        for pupil_id in dict.fromkeys((*near, *mates)):
            pupil = self._pupils[pupil_id]
            # A file names each child once: whom another of its lines names, this one does not mean.
            if pupil.from_file == line.file or line.file in self._files_of(pupil_id, line.uai):
                continue
            if kinds & {key.kind for key in pupil.keys}:
                continue
            if self._may_be(line, pupil) or self._may_be_misspelt(line, pupil):
                found.append(pupil_id)
        return found

    def _files_of(self, pupil_id: str, uai: str) -> set[int]:
        return self._named.get((pupil_id, uai), set()) | self._claimed.get((pupil_id, uai), set())

    def _may_be(self, line: PupilLine, pupil: KnownPupil) -> bool:
        if not close_first_names(line.first_name, pupil.first_name) or not self._same_class(line, pupil):
            return False
        if pupil.whole_last_name:
            return likeness(fold_name(pupil.whole_last_name), fold_name(line.last_name)) >= CLOSE
        return may_be_the_name(pupil.last_name, line.last_name)

    def _may_be_misspelt(self, line: PupilLine, pupil: KnownPupil) -> bool:
        """Tell whether one letter is wrong: of the first name, where last name and class are the same."""
        name = self._class_of.get((pupil.pupil_id, line.uai), "")
        if not line.class_name or fold_name(name) != fold_name(line.class_name):
            return False
        if not one_letter_apart(fold_name(line.first_name), fold_name(pupil.first_name)):
            return False
        held = {key.digest for key in pupil.keys}
        return any(digest in held for digest in self._keys.of_name(line, pupil.first_name))

    def _same_class(self, line: PupilLine, pupil: KnownPupil) -> bool:
        """Tell whether a line may speak of a pupil's class: the same name, or the same level where names differ."""
        inscription = pupil.inscriptions.get(line.uai)
        if inscription is None:
            return True
        name = self._class_of.get((pupil.pupil_id, line.uai), "")
        if not line.class_name or not name or fold_name(name) == fold_name(line.class_name):
            return True
        return bool(line.level) and line.level == inscription.level and line.source is not inscription.source

    def _matched(self, line: PupilLine, keys: tuple[Key, ...], kept: str, pupil: KnownPupil) -> Decision:
        inscription = pupil.inscriptions.get(line.uai)
        action = Action.KNOWN
        if inscription is None and pupil.inscriptions:
            self._asked.add(pupil.pupil_id)
            return Decision(
                line=line,
                action=Action.ASK,
                pupil_id="",
                last_name=kept,
                reason=Reason.OTHER_SCHOOL,
                candidates=(pupil.pupil_id,),
            )
        if inscription is None:
            action = Action.BACK
            self._enrol(pupil, line)
        elif self._moves(line, pupil, inscription):
            action = Action.MOVE
            self._enrol(pupil, line)
        self._named[pupil.pupil_id, line.uai].add(line.file)
        new_keys = self._learn(pupil, keys)
        kept = shortened(kept, self._strictest(pupil))
        pupil.whole_last_name = pupil.whole_last_name or line.last_name
        onde_now = line.source is Source.ONDE and inscription is not None and inscription.source is not Source.ONDE
        if onde_now:
            self._take_over(pupil, line.uai)
        return Decision(
            line=line,
            action=action,
            pupil_id=pupil.pupil_id,
            last_name=kept,
            keys=new_keys,
            from_onde_now=onde_now,
            renamed=self._rename(pupil, line, kept),
        )

    def _take_over(self, pupil: KnownPupil, uai: str) -> None:
        pupil.inscriptions[uai] = msgspec.structs.replace(pupil.inscriptions[uai], source=Source.ONDE)

    def _rename(self, pupil: KnownPupil, line: PupilLine, kept: str) -> bool:
        """Tell whether a line corrects a name; a town hall's file does not correct ONDE's."""
        held = pupil.inscriptions[line.uai].source
        if (held is Source.ONDE and line.source is not Source.ONDE) or (line.first_name, kept) == (
            pupil.first_name,
            pupil.last_name,
        ):
            return False
        pupil.first_name, pupil.last_name = line.first_name, kept
        return True

    def _strictest(self, pupil: KnownPupil) -> NameForm:
        """Return the form of the schools of a pupil that keeps least."""
        forms = [self._forms.get(uai, NameForm.INITIAL) for uai in pupil.inscriptions]
        return min(forms, key=STRICTEST_FIRST.index)

    def _moves(self, line: PupilLine, pupil: KnownPupil, inscription: Inscription) -> bool:
        if inscription.source is Source.ONDE and line.source is not Source.ONDE:
            return False
        name = self._class_of.get((pupil.pupil_id, line.uai), "")
        changed = bool(line.class_name) and fold_name(line.class_name) != fold_name(name)
        return changed or bool(line.level and line.level != inscription.level)

    def _added(self, line: PupilLine, keys: tuple[Key, ...], kept: str) -> Decision:
        pupil = KnownPupil(
            pupil_id=self._new_id(),
            first_name=line.first_name,
            last_name=kept,
            inscriptions={},
            keys=set(keys),
            from_file=line.file,
            whole_last_name=line.last_name,
        )
        self._enrol(pupil, line)
        self._remember(pupil)
        self._named[pupil.pupil_id, line.uai].add(line.file)
        return Decision(line=line, action=Action.ADD, pupil_id=pupil.pupil_id, last_name=kept, keys=keys)

    def _enrol(self, pupil: KnownPupil, line: PupilLine) -> None:
        pupil.inscriptions[line.uai] = Inscription(uai=line.uai, class_id=None, level=line.level, source=line.source)
        self._class_of[pupil.pupil_id, line.uai] = line.class_name
        if line.class_name:
            self._mates[line.uai, fold_name(line.class_name)].append(pupil.pupil_id)

    def _remember(self, pupil: KnownPupil) -> None:
        self._pupils[pupil.pupil_id] = pupil
        for key in pupil.keys:
            self._by_key[key.digest].append(pupil.pupil_id)
        for uai, inscription in pupil.inscriptions.items():
            self._near[uai, fold_name(pupil.first_name)[:1]].append(pupil.pupil_id)
            if inscription.class_id is not None:
                name = self._class_of[pupil.pupil_id, uai] = self._class_names.get(inscription.class_id, "")
                self._mates[uai, fold_name(name)].append(pupil.pupil_id)

    def _learn(self, pupil: KnownPupil, keys: Sequence[Key]) -> tuple[Key, ...]:
        """Add keys to a pupil and return those that are new."""
        new = tuple(key for key in keys if key not in pupil.keys)
        for key in new:
            pupil.keys.add(key)
            self._by_key[key.digest].append(pupil.pupil_id)
        return new

    def _kept(self, line: PupilLine) -> str:
        group = (line.uai, fold_name(line.class_name), fold_name(line.first_name), fold_name(line.last_name))
        form = self._forms.get(line.uai, NameForm.INITIAL)
        return kept_last_name(line.last_name, form, letters=self._letters.get(group, 1))
