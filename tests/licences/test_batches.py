"""Planning requests: every wish has exactly one fate, and no request asks for what nobody wished."""

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.licences.answers import Limits
from profiles.licences.batches import Plan, Pool, plan_requests
from profiles.licences.wish_store import OpenWish

APPS = (1, 2, 3, 4)


def wish(number: int, store_id: int, **more: object) -> OpenWish:
    return OpenWish(
        **{"tablet_id": f"t{number}", "serial": f"S{number}", "store_id": store_id, "wanted": True} | more  # type: ignore[arg-type]
    )


def pool(name: str = "p", **more: object) -> Pool:
    usual = {"is_common": True, "is_usable": True, "is_counted": True, "free": dict.fromkeys(APPS, 100)}
    return Pool(**{"location_id": name} | usual | more)  # type: ignore[arg-type]


def test_tablets_that_want_the_same_apps_share_one_request() -> None:
    wishes = [wish(number, store_id) for number in range(30) for store_id in APPS]
    plan = plan_requests(wishes, [pool()], (), Limits())
    [request] = plan.requests
    assert (len(request.store_ids), len(request.serials), len(request.keys)) == (4, 30, 120)


def test_limits_split_requests() -> None:
    wishes = [wish(number, store_id) for number in range(5) for store_id in APPS]
    plan = plan_requests(wishes, [pool()], (), Limits(max_assets=3, max_serial_numbers=2))
    assert len(plan.requests) == 6
    assert all(len(one.store_ids) <= 3 and len(one.serials) <= 2 for one in plan.requests)


def test_what_failed_before_goes_an_app_at_a_time() -> None:
    wishes = [wish(number, store_id, attempts=1) for number in range(5) for store_id in APPS]
    plan = plan_requests(wishes, [pool()], (), Limits())
    assert [one.store_ids for one in plan.requests] == [(1,), (2,), (3,), (4,)]
    assert all(len(one.serials) == 5 for one in plan.requests)


def test_a_location_that_was_not_counted_yet_is_waited_for() -> None:
    plan = plan_requests([wish(1, 1)], [pool(is_counted=False, free={})], (), Limits())
    assert plan.waiting == (("t1", 1),)
    assert plan_requests([wish(1, 1)], [], (), Limits()).short == ((("t1", 1), "not_owned"),)


_wishes = st.lists(
    st.builds(
        wish,
        st.integers(0, 6),
        st.sampled_from(APPS),
        wanted=st.booleans(),
        own=st.sampled_from([None, "own", "gone"]),
        held_at=st.lists(st.sampled_from(["own", "common", "gone"]), max_size=2, unique=True).map(tuple),
        attempts=st.integers(0, 2),
    ),
    max_size=25,
    unique_by=lambda one: (one.tablet_id, one.store_id),
)
_pools = st.lists(
    st.builds(
        pool,
        st.sampled_from(["own", "common", "other"]),
        is_common=st.booleans(),
        is_usable=st.booleans(),
        is_counted=st.booleans(),
        free=st.dictionaries(st.sampled_from(APPS), st.none() | st.integers(-1, 4)),
        irrevocable=st.frozensets(st.sampled_from(APPS)),
    ),
    max_size=3,
    unique_by=lambda one: one.location_id,
)
_limits = st.builds(Limits, max_assets=st.integers(1, 3), max_serial_numbers=st.integers(1, 3))


@settings(max_examples=300)
@given(_wishes, _pools, _limits, st.sets(st.tuples(st.sampled_from(APPS), st.sampled_from(["S1", "S2"]))))
def test_every_wish_has_one_fate_and_nothing_else_is_asked_for(
    wishes: list[OpenWish], pools: list[Pool], limits: Limits, under_way: set[tuple[int, str]]
) -> None:
    plan = plan_requests(wishes, pools, under_way, limits)
    fates = [key for one in plan.requests for key in one.keys]
    fates += [*plan.waiting, *plan.done, *plan.gone, *[key for key, _ in (*plan.short, *plan.refused)]]
    assert sorted(fates) == sorted((one.tablet_id, one.store_id) for one in wishes)
    _require_exact(plan, wishes, limits, under_way)
    _require_affordable(plan, pools)


def _require_exact(plan: Plan, wishes: list[OpenWish], limits: Limits, under_way: set[tuple[int, str]]) -> None:
    by_key = {(one.tablet_id, one.store_id): one for one in wishes}
    for request in plan.requests:
        asked = {(store_id, serial) for store_id in request.store_ids for serial in request.serials}
        assert asked == {(by_key[key].store_id, by_key[key].serial) for key in request.keys}
        assert len(asked) == len(request.keys)
        assert not asked & under_way
        assert len(request.store_ids) <= limits.max_assets
        assert len(request.serials) <= limits.max_serial_numbers
        for key in request.keys:
            assert by_key[key].wanted == (request.kind == "associate")
            if not by_key[key].wanted:
                assert request.location_id in by_key[key].held_at


def _require_affordable(plan: Plan, pools: list[Pool]) -> None:
    known = {one.location_id: one for one in pools}
    spent: dict[tuple[str, int], int] = {}
    for request in plan.requests:
        assert known[request.location_id].is_usable
        if request.kind == "associate":
            for _, store_id in request.keys:
                spent[request.location_id, store_id] = spent.get((request.location_id, store_id), 0) + 1
    for (location_id, store_id), number in spent.items():
        free = known[location_id].free[store_id]
        assert free is None or number <= free
