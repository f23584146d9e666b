"""The planning page as a browser asks for it and reads it."""

import re

HTMX = {"HX-Request": "true"}


def address(plan, act=""):
    return f"/plans/{plan.pk}/{act}"


def preview(client, plan, values):
    return client.post(address(plan, "preview/"), values, headers=HTMX).content.decode()


def numbers(page, key):
    found = re.findall(rf'data-cell="{key}"[^>]*>([\d,]+)<', page)
    return [int(text.replace(",", "")) for text in found]
