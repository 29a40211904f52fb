"""Bodies of requests that more than one probe sends."""

PROJECT = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n", "methodologies": []}
CERTIFICATION = {"certification": "JC-1-C01", "project": "JC-1", "devices": []} | {
    "period_from": "2025-01-01",
    "period_to": "2025-12-31",
}
REPORT = {
    "account": "A01",
    "electricity_kwh": 0,
    "energy_saving": True,
    "heat_mj": 0,
    "measured": {"kind": "reduction", "baseline_kg": 1000, "project_kg": 0},
    "methodologies": [{"code": "EN-S-001", "version": "3.0"}],
}
SERIALS = {"lot": "JC-1-01", "first": 1, "last": 1000}
RULES_BODY = {
    "name": "next",
    "decider": "1",
    "two_person": [],
    "schemes": {"JC": {"annul_duty": "user", "retire": "invalidate", "transferable": True}},
    "buffers": {},
    "purposes": ["offset"],
}
