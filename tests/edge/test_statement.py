"""A statement's ends are read strictly, as the audit reads a moment."""

from tests.edge.twin import Client


async def test_a_statement_reads_its_ends_as_the_audit_does(filled: Client) -> None:
    path = "/v1/accounts/A01/statement"
    whole = await filled.seen(path)
    at = whole["items"][0]["at"]
    assert at[:16] == "2026-04-01T00:00"
    there = at.replace("T00:", "T09:").replace("Z", "%2B09:00")
    for ends in (f"from={there}&to={there}", f"from={at}&to={at}", "from=2026-04-01&to=2026-04-01"):
        assert len((await filled.seen(f"{path}?{ends}"))["items"]) == 1, ends
    finer = at.replace("Z", "9Z")
    for ends in (f"from={finer}", "to=2026-03-31", "from=2026-04-02", "to=1969-01-01"):
        assert (await filled.seen(f"{path}?{ends}"))["items"] == [], ends
    for nonsense in ("2026-W14", "2026-04-01T12:00:00", "9999-12-31T23:59:59-23:59", "tomorrow"):
        for name in ("from", "to"):
            response = await filled.get(f"{path}?{name}={nonsense}")
            assert response.json()["code"] == "parameter_invalid", nonsense


async def test_a_statement_that_ends_before_it_begins_is_refused(filled: Client) -> None:
    path = "/v1/accounts/A01/statement"
    for ends in ("from=2026-11-24&to=2026-01-01", "from=9&to=3"):
        response = await filled.get(f"{path}?{ends}")
        assert (response.status_code, response.json()["code"]) == (422, "parameter_invalid"), ends
