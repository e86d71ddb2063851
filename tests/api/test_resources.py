"""The first resources: what they send, and to whom."""

from tests.api.conftest import Api
from webui.roles import Role


async def test_a_token_is_told_who_it_is(api: Api) -> None:
    reply = await api.ask("GET", "/me", role=Role.TECHNICIAN)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    me = reply.json
    assert me["grants"] == [{"role": "technician", "at": "territory"}]
    assert me["actor"].startswith("token:")
    assert (me["login"], me["csrf_token"], me["language"]) == (None, None, "fr")
    assert "command_tablets" in me["actions"]
    assert "vote" not in me["actions"]
