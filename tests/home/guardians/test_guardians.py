"""Guardians: found by import, invited by a code that works once, linked to their accounts, withdrawn."""

from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.home.guardians.errors import (
    CodeExpired,
    CodeMalformed,
    CodeUnknown,
    CodeUsed,
    CodeWithdrawn,
    GuardianLinked,
    NotGuardianOf,
)
from mdm.home.guardians.guardian_store import Guardian, InvitationState
from mdm.journal import entries
from tests.home.guardians.conftest import ROWS
from tests.home.pupils.families import ACTOR, BOURG, LINA, NOE, Town, guardians_file, onde

PARENT = "account:ilse"


async def guardians_of(town: Town, first_name: str) -> list[Guardian]:
    pupil = await town.named(first_name)
    return [one.guardian for one in await town.guardians.of_pupil(pupil.pupil.pupil_id)]


async def test_a_pupil_has_several_guardians_and_a_guardian_several_children(any_town: Town) -> None:
    lina, noe = await guardians_of(any_town, "Lina"), await guardians_of(any_town, "Noé")
    assert sorted(one.label for one in lina) == ["M. V.", "Mme V."]
    assert [one.label for one in noe] == ["M. V."]
    assert noe[0] in lina


async def test_importing_the_guardians_again_adds_nobody(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE), guardians_file(*ROWS))
    await any_town.take_in(guardians_file(*ROWS))
    assert len(await guardians_of(any_town, "Lina")) == 2


async def test_a_guardian_of_an_unknown_child_is_told_and_kept_from_nobody(town: Town) -> None:
    row = "MME;;QUINTERNE;Rose;1 rue;;;QUINTERNE;Maya;CP;;VERNAQUE;Lina;CE1 A"
    report = await town.imports.read([guardians_file(row)], uai=BOURG, actor=ACTOR)
    assert [(one.line, one.message) for one in report.unread] == [
        (2, "A child that this line names is not in the school's list.")
    ]
    await town.imports.apply(report.pending.import_id, actor=ACTOR)
    assert len(await guardians_of(town, "Lina")) == 3


async def test_a_code_links_an_account_once(any_town: Town) -> None:
    (_, first) = await guardians_of(any_town, "Lina")
    invited = await any_town.guardians.invite(first.guardian_id, actor=ACTOR)
    seen = await any_town.guardians.look(invited.code.lower().replace("-", " "))
    assert [one.pupil.first_name for one in seen] == ["Lina"]
    linked = await any_town.guardians.accept(invited.code, "ilse", actor=PARENT)
    assert (linked.guardian_id, linked.account_id) == (first.guardian_id, "ilse")
    assert [one.pupil.first_name for one in await any_town.guardians.children("ilse")] == ["Lina"]
    with pytest.raises(CodeUsed):
        await any_town.guardians.accept(invited.code, "someone", actor="account:someone")
    with pytest.raises(GuardianLinked):
        await any_town.guardians.invite(first.guardian_id, actor=ACTOR)
    await any_town.guardians.unlink(first.guardian_id, actor=ACTOR)
    assert await any_town.guardians.of_account("ilse") is None
    again = await any_town.guardians.invite(first.guardian_id, actor=ACTOR)
    await any_town.guardians.accept(again.code, "ilse", actor=PARENT)


async def test_a_code_is_nowhere_in_the_store_and_in_no_journal(town: Town) -> None:
    (_, first) = await guardians_of(town, "Lina")
    code = (await town.guardians.invite(first.guardian_id, actor=ACTOR)).code
    held = await town.dump()
    assert code not in held
    assert code.replace("-", "") not in held
    assert len(code.replace("-", "")) == 26


async def test_a_code_has_its_time_and_a_newer_one_takes_its_place(town: Town, clock: ManualClock) -> None:
    (_, first) = await guardians_of(town, "Lina")
    old = await town.guardians.invite(first.guardian_id, actor=ACTOR)
    new = await town.guardians.invite(first.guardian_id, actor=ACTOR)
    with pytest.raises(CodeWithdrawn):
        await town.guardians.accept(old.code, "ilse", actor=PARENT)
    clock.advance(timedelta(days=61))
    with pytest.raises(CodeExpired):
        await town.guardians.accept(new.code, "ilse", actor=PARENT)
    lina = await town.named("Lina")
    states = {one.invitation for one in await town.guardians.of_pupil(lina.pupil.pupil_id)}
    assert states == {InvitationState.EXPIRED, InvitationState.NONE}


async def test_withdrawn_wrong_and_broken_codes_have_each_their_answer(town: Town) -> None:
    (_, first) = await guardians_of(town, "Lina")
    code = (await town.guardians.invite(first.guardian_id, actor=ACTOR)).code
    assert await town.guardians.withdraw_codes(first.guardian_id, actor=ACTOR) == 1
    with pytest.raises(CodeWithdrawn):
        await town.guardians.accept(code, "ilse", actor=PARENT)
    with pytest.raises(CodeUnknown):
        await town.guardians.accept("7K3QD" * 5 + "A", "ilse", actor=PARENT)
    for text in ("", "7K3QD", "U" * 26, "7K3QD" * 6):
        with pytest.raises(CodeMalformed):
            await town.guardians.accept(text, "ilse", actor=PARENT)


async def test_a_second_code_joins_the_children_of_one_account(any_town: Town) -> None:
    other, mine = await guardians_of(any_town, "Lina")
    first = await any_town.guardians.invite(mine.guardian_id, actor=ACTOR)
    second = await any_town.guardians.invite(other.guardian_id, actor=ACTOR)
    kept = await any_town.guardians.accept(first.code, "ilse", actor=PARENT)
    joined = await any_town.guardians.accept(second.code, "ilse", actor=PARENT)
    assert joined.guardian_id == kept.guardian_id
    children = await any_town.guardians.children("ilse")
    assert sorted(one.pupil.first_name for one in children) == ["Lina", "Noé"]


async def test_a_class_is_invited_on_one_sheet_without_those_who_have_a_code(town: Town) -> None:
    ids = {one.name: one.class_id for one in (await town.pupils.school(BOURG)).classes}
    sheet = await town.guardians.invite_class(BOURG, ids["CE1 A"], actor=ACTOR)
    assert [(one.pupil.pupil.first_name, one.guardian.label) for one in sheet] == [
        ("Lina", "M. V."),
        ("Lina", "Mme V."),
    ]
    assert len({one.code for one in sheet}) == 2
    assert await town.guardians.invite_class(BOURG, ids["CE1 A"], actor=ACTOR) == []


async def test_a_pupil_without_a_known_guardian_gets_a_code_too(town: Town) -> None:
    pupil_id = await town.pupils.add(BOURG, first_name="Maya", last_name="Q", class_id=None, actor=ACTOR)
    (one,) = await town.guardians.invite_class(BOURG, None, actor=ACTOR)
    assert (one.pupil.pupil.pupil_id, one.guardian.label) == (pupil_id, "")


async def test_who_is_withdrawn_answers_for_the_child_no_more(any_town: Town) -> None:
    (_, first) = await guardians_of(any_town, "Lina")
    lina = await any_town.named("Lina")
    code = (await any_town.guardians.invite(first.guardian_id, actor=ACTOR)).code
    await any_town.guardians.accept(code, "ilse", actor=PARENT)
    await any_town.guardians.withdraw(first.guardian_id, lina.pupil.pupil_id, actor=ACTOR)
    assert await any_town.guardians.children("ilse") == []
    with pytest.raises(NotGuardianOf):
        await any_town.guardians.withdraw(first.guardian_id, lina.pupil.pupil_id, actor=ACTOR)
    told = await any_town.database.read(lambda conn: entries(conn, subject=f"guardian:{first.guardian_id}"))
    assert [one.kind for one in told] == ["guardian_invited", "guardian_linked", "guardian_withdrawn"]
    assert all("code" not in one.detail for one in told)
