"""Addresses of plans."""

from django.urls import path

from planning.views import (
    approvals,
    assumptions,
    channel_budgets,
    explaining,
    exports,
    founding,
    hires,
    hours,
    means,
    plans,
    repeat,
    risks,
    scenarios,
    takes,
    targets,
    what_if,
)

app_name = "planning"
urlpatterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/new/", plans.create, name="new_plan"),
    path("plans/founding/", founding.founding, name="founding"),
    # What a plan may use
    path("plans/people/", means.people, name="people"),
    path("plans/people/roles/new/", means.edit_role, name="new_role"),
    path("plans/people/roles/<int:pk>/", means.edit_role, name="role"),
    path("plans/people/roles/<int:pk>/hours/", hours.use_hours, name="use_hours"),
    path("plans/people/roles/<int:pk>/delete/", means.delete, {"kind": "role"}, name="delete_role"),
    path("plans/people/staff/new/", means.edit_staff, name="new_staff"),
    path("plans/people/staff/<int:pk>/", means.edit_staff, name="staff"),
    path(
        "plans/people/staff/<int:pk>/delete/", means.delete, {"kind": "staff"}, name="delete_staff"
    ),
    path("plans/channels/", means.channels, name="channels"),
    path("plans/channels/new/", means.edit_channel, name="new_channel"),
    path("plans/channels/<int:pk>/", means.edit_channel, name="channel"),
    path(
        "plans/channels/<int:pk>/delete/",
        means.delete,
        {"kind": "channel"},
        name="delete_channel",
    ),
    path("plans/holidays/", means.holiday_list, name="holidays"),
    path("plans/holidays/new/", means.edit_holiday, name="new_holiday"),
    path("plans/holidays/fill/", means.fill_calendar, name="fill_calendar"),
    path("plans/holidays/<int:pk>/", means.edit_holiday, name="holiday"),
    path(
        "plans/holidays/<int:pk>/delete/",
        means.delete,
        {"kind": "holiday"},
        name="delete_holiday",
    ),
    # One plan
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/preview/", plans.preview, name="preview_plan"),
    path("plans/<int:pk>/explain/", explaining.explanation, name="explain"),
    path("plans/<int:pk>/risk/", risks.risk, name="risk"),
    path("plans/<int:pk>/hires/", hires.take_over, name="take_over_hires"),
    path("plans/<int:pk>/hires/new/", hires.edit, name="new_hire"),
    path("plans/<int:pk>/hires/undo/", hires.undo, name="undo_hires"),
    path("plans/<int:pk>/hires/<int:hire>/", hires.edit, name="edit_hire"),
    path("plans/<int:pk>/hires/<int:hire>/drop/", hires.drop, name="drop_hire"),
    path("plans/<int:pk>/solve/", plans.solve_again, name="solve_plan"),
    path("plans/<int:pk>/approve/", approvals.approve, name="approve_plan"),
    path(
        "plans/<int:pk>/take-approval-back/",
        approvals.take_approval_back,
        name="take_approval_back",
    ),
    # One plan as files
    path("plans/<int:pk>/workbook.xlsx", exports.workbook, name="plan_workbook"),
    path("plans/<int:pk>/<slug:slug>.csv", exports.table, name="plan_table"),
    # Its target in parts
    path("plans/<int:pk>/targets/", targets.targets, name="targets"),
    path("plans/<int:pk>/targets/preview/", targets.preview, name="preview_targets"),
    path("plans/<int:pk>/targets/needs/", targets.needs, name="target_needs"),
    path("plans/<int:pk>/targets/won/", targets.won, name="won_deals"),
    path("plans/<int:pk>/targets/undo/", targets.undo, name="undo_targets"),
    # What it may spend on channels
    path(
        "plans/<int:pk>/channel-budgets/", channel_budgets.channel_budgets, name="channel_budgets"
    ),
    path(
        "plans/<int:pk>/channel-budgets/preview/",
        channel_budgets.preview,
        name="preview_channel_budgets",
    ),
    path("plans/<int:pk>/channel-budgets/undo/", channel_budgets.undo, name="undo_channel_budgets"),
    # What existing customers bring again
    path("plans/<int:pk>/repeat/", repeat.repeat, name="repeat"),
    path("plans/<int:pk>/repeat/preview/", repeat.preview, name="preview_repeat"),
    path("plans/<int:pk>/repeat/undo/", repeat.undo, name="undo_repeat"),
    # What if
    path("plans/<int:pk>/assumptions/drop/", assumptions.drop, name="drop_assumption"),
    path("plans/<int:pk>/what-if/", what_if.try_values, name="what_if"),
    path("plans/<int:pk>/what-if/keep/", what_if.keep, name="keep_what_if"),
    path("plans/<int:pk>/takes/", takes.takes, name="takes"),
    # Scenarios
    path("plans/<int:pk>/scenarios/", scenarios.scenarios, name="scenarios"),
    path("plans/<int:pk>/scenarios/new/", scenarios.create, name="new_scenario"),
    path("plans/<int:pk>/scenarios/delete/", scenarios.delete, name="delete_scenario"),
]
