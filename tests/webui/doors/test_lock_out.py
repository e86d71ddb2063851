"""Nobody can lock the owner out: not by guessing from elsewhere, from the same address, or from everywhere at once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.store import Connection, Database, Row
from mdm.vault import Vault
from tests.webui.conftest import Site
from tests.webui.doors.authenticator import Authenticator
from tests.webui.doors.conftest import UAI, Come, MakeAccount, Visitor
from webui.devices import Devices, device_of
from webui.errors import TooManyAttempts
from webui.failures import Failures
from webui.throttle import Gate, SignInThrottle, neighbourhood

VAULT = Vault(bytes(range(32)))


async def guess(visitor: Visitor, login: str, times: int) -> list[int]:
    """Try wrong passwords; return the statuses."""
    await visitor.get("/sign-in")
    return [(await visitor.post("/sign-in", login=login, password="wrong wrong")).status for _ in range(times)]


async def test_guessing_at_the_same_address_keeps_the_owners_device_and_passkey_free(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    owner, thief = come(), come()
    await owner.sign_in("berthe")
    key = Authenticator(site.services.settings.people.url)
    _, options, _ = await owner.raw("/me/passkeys/options")
    await owner.post("/me/passkeys", answer=key.make(options))
    await owner.post("/sign-out")

    assert (await guess(thief, "berthe", 8))[-1] == 429
    # On the device where she signed in before, the password lets her in at once.
    assert (await owner.sign_in("berthe")).path == "/me"
    # On a new device of the same address the password must wait, and the passkey need not.
    new = come()
    assert (await new.sign_in("berthe")).status == 429
    await new.get("/sign-in")
    _, asked, _ = await new.raw("/sign-in/passkey/options")
    assert (await new.post("/sign-in/passkey", answer=key.sign(asked), next="/me")).path == "/me"


async def test_a_known_device_is_known_to_its_own_accounts_alone_and_slowed_down_too(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    await account("paul", f"teacher@school:{UAI}")
    pupil = come()
    await pupil.sign_in("paul")
    await pupil.post("/sign-out")
    assert (await guess(pupil, "berthe", 7))[-1] == 429
    statuses = await guess(pupil, "paul", 12)
    assert statuses == [403] * 10 + [429] * 2


async def test_another_password_makes_the_devices_unknown(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    owner, thief = come(), come()
    await owner.sign_in("berthe")
    thief.http.cookie_jar.update_cookies({"valise-device": owner.cookies["valise-device"]})
    assert await guess(thief, "berthe", 6) == [403] * 6
    page = await owner.post("/me/password", new_password="another long password")
    assert "was changed" in page.text
    assert await guess(thief, "berthe", 6) == [403] * 5 + [429]


@pytest.fixture
def failures(any_database: Database, clock: ManualClock) -> Failures:
    """The failures that a server process counts, on each engine in turn."""
    return Failures(any_database, clock, VAULT)


async def test_who_guesses_from_everywhere_slows_down_unknown_devices_alone(
    failures: Failures, clock: ManualClock
) -> None:
    throttle = SignInThrottle(failures)
    for number in range(30):
        async with throttle.attempt(f"203.0.113.{number}", "berthe"):
            pass
    with pytest.raises(TooManyAttempts):
        async with throttle.attempt("198.51.100.7", "berthe"):
            pass
    async with throttle.attempt("198.51.100.7", "paul"):
        pass
    async with throttle.attempt("198.51.100.7", "berthe", device="known"):
        pass
    await throttle.forgive("198.51.100.7", "berthe", device="known")
    clock.advance(timedelta(minutes=1))
    async with throttle.attempt("198.51.100.7", "berthe"):
        pass


async def test_a_right_password_takes_back_what_it_counted(failures: Failures) -> None:
    throttle = SignInThrottle(failures)
    for _ in range(60):
        async with throttle.attempt("192.0.2.1", "berthe"):
            pass
        await throttle.forgive("192.0.2.1", "berthe")


async def test_a_flood_of_unknown_devices_leaves_known_ones_room(failures: Failures) -> None:
    throttle = SignInThrottle(failures)
    async with AsyncExitStack() as under_way:
        for number in range(30):
            await under_way.enter_async_context(throttle.attempt(f"203.0.113.{number}", f"login{number}"))
        for _ in range(6):
            with pytest.raises(TooManyAttempts) as busy:
                async with throttle.attempt("198.51.100.7", "berthe"):
                    pass
            assert busy.value.wait_s == 5
        await under_way.enter_async_context(throttle.attempt("198.51.100.7", "berthe", device="known"))
    # Nobody's password was looked at, so nothing was counted.
    for _ in range(5):
        async with throttle.attempt("198.51.100.7", "berthe"):
            pass


async def test_neighbours_of_one_line_are_counted_together(failures: Failures) -> None:
    assert neighbourhood("2001:db8:1:2:3:4:5:6") == neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("unknown") == "unknown"
    gate = Gate(failures, "invitation", free=2)
    for host in (1, 2):
        await gate.admit(f"2001:db8:1:2::{host}")
    with pytest.raises(TooManyAttempts):
        await gate.admit("2001:db8:1:2::3")
    await gate.admit("2001:db8:1:3::1")
    await Gate(failures, "token", free=2).admit("2001:db8:1:2::1")


async def test_another_server_process_counts_on_where_the_first_one_was(
    failures: Failures, any_database: Database, clock: ManualClock
) -> None:
    here, there = (SignInThrottle(one) for one in (failures, Failures(any_database, clock, VAULT)))
    for throttle in (here, there, here, there, here):
        async with throttle.attempt("192.0.2.1", "berthe"):
            pass
    for throttle in (here, there):
        with pytest.raises(TooManyAttempts):
            async with throttle.attempt("192.0.2.1", "berthe"):
                pass
    await here.forgive("192.0.2.1", "berthe")
    async with there.attempt("192.0.2.1", "berthe"):
        pass


async def test_many_attempts_at_one_moment_do_not_pass_together(failures: Failures) -> None:
    gate = Gate(failures, "invitation", free=3)
    said = await asyncio.gather(*(gate.admit("192.0.2.1") for _ in range(20)), return_exceptions=True)
    assert sum(one is None for one in said) == 3
    assert all(one is None or isinstance(one, TooManyAttempts) for one in said)


async def test_counts_name_nobody_end_by_themselves_and_stay_few(any_database: Database, clock: ManualClock) -> None:
    def rows(conn: Connection) -> list[Row]:
        return conn.all("SELECT * FROM failed_attempt ORDER BY forget_at, key_digest")

    failures = Failures(any_database, clock, VAULT, remembered=50)
    throttle, gate = SignInThrottle(failures), Gate(failures, "invitation", free=1)
    async with throttle.attempt("192.0.2.1", "berthe"):
        pass
    kept = await any_database.read(rows)
    assert len(kept) == 3
    assert not any("berthe" in str(one) or "192.0.2.1" in str(one) for one in kept)
    clock.advance(timedelta(minutes=31))
    # The four hundredth and first attempt of this process clears up.
    for number in range(400):
        await gate.admit(f"line {number}")
        clock.advance(timedelta(milliseconds=1))
    left = await any_database.read(rows)
    assert len(left) == 50
    with pytest.raises(TooManyAttempts):
        await gate.admit("line 399")


def test_a_device_cookie_that_was_made_by_hand_is_worth_nothing() -> None:
    devices = Devices(Vault(bytes(range(32))))
    cookie = devices.with_account("", "a1", 1)
    name = devices.known(cookie, "a1", 1)
    assert name is not None
    assert devices.known(cookie, "a2", 1) is None
    assert devices.known(cookie, "a1", 2) is None
    assert Devices(Vault(bytes(32))).known(cookie, "a1", 1) is None
    assert devices.known(f"{name}.{'A' * 20}", "a1", 1) is None
    assert devices.known(cookie.replace(name, "B" * 22), "a1", 1) is None
    for other in range(5):
        cookie = devices.with_account(cookie, f"b{other}", 1)
    assert cookie.startswith(name)
    assert devices.known(cookie, "a1", 1) is None
    assert devices.known(cookie, "b0", 1) == name


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "Safari/iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-T220) Chrome/140.0.0.0 Safari/537.36", "Chrome/Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge/Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox/Linux"),
        ("curl/8.5", ""),
        ("<script>Firefox/1", "Firefox/"),
    ],
)  # fmt: skip
def test_of_a_device_only_browser_and_system_are_kept(agent: str, device: str) -> None:
    assert device_of(agent) == device
