"""`tonne bench webhooks` measures what it says that it measures."""

from services.bench.webhooks import Size, webhooks


def test_calls_are_measured_beside_bare_requests() -> None:
    said: list[str] = []
    bench = webhooks(Size(calls=20, runs=2, waiting=45), said.append)
    (calls,) = bench.figures
    assert (calls.runs, len(said), bench.settings["waiting"]) == (2, 2, 45)
    assert calls.floor
    assert 0 < calls.min <= calls.median <= calls.max
