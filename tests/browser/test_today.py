"""The page of the day, as it looks."""

import pytest


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_the_boxes_for_minutes_stand_below_each_other(open_as, width):
    page = open_as("rep", width=width)
    boxes = [each.bounding_box() for each in page.locator(".activity-minutes").all()]
    assert len(boxes) > 5
    assert len({(round(box["x"]), round(box["width"])) for box in boxes}) == 1
