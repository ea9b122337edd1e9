"""Addresses and fields of a decision."""


def page_of(case):
    return f"/studies/pilot/adjudicate/{case.pk}/"


def fields(**more):
    return {"label": "hurt", "reason": "The comma.", "base_revision": "0", **more}
