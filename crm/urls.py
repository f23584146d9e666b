"""Addresses of customers."""

from django.urls import path

from crm.views import (
    activities,
    assignment_rules,
    campaign_members,
    campaigns,
    contacts,
    customer_choice,
    customers,
    duplicates,
    edit_activity,
    lead_imports,
    leads,
    lifecycle,
    merges,
    plays,
    reminders,
)
from crm.views.calendar import calendar
from crm.views.today import agenda_of, today

app_name = "crm"
urlpatterns = [
    # today
    path("", today, name="today"),
    path("today/<int:pk>/", agenda_of, name="agenda_of"),
    # leads
    path("inbox/", leads.inbox, name="inbox"),
    path("inbox/leads.csv", leads.leads_csv, name="leads_csv"),
    path("inbox/new/", leads.new_lead, name="new_lead"),
    path("inbox/import/", lead_imports.import_leads, name="import_leads"),
    path("inbox/import/<int:pk>/", lead_imports.lead_import, name="lead_import"),
    path(
        "inbox/import/<int:pk>/take-back/",
        lead_imports.take_back_lead_import,
        name="take_back_lead_import",
    ),
    path("inbox/<int:pk>/take/", leads.take, name="take_lead"),
    path("inbox/<int:pk>/put-back/", leads.put_back, name="put_back_lead"),
    path("inbox/<int:pk>/assign/", leads.assign, name="assign_lead"),
    path("inbox/rules/", assignment_rules.rules, name="assignment_rules"),
    path("inbox/rules/new/", assignment_rules.edit_rule, name="new_rule"),
    path("inbox/rules/<int:pk>/", assignment_rules.edit_rule, name="edit_rule"),
    path("inbox/rules/<int:pk>/up/", assignment_rules.move_rule, {"way": "up"}, name="rule_up"),
    path(
        "inbox/rules/<int:pk>/down/", assignment_rules.move_rule, {"way": "down"}, name="rule_down"
    ),
    path("inbox/rules/<int:pk>/archive/", assignment_rules.archive_rule, name="archive_rule"),
    path("inbox/rules/<int:pk>/restore/", assignment_rules.restore_rule, name="restore_rule"),
    path("inbox/target/", assignment_rules.edit_target, name="response_target"),
    # customers
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.new_customer, name="new_customer"),
    path("customers/duplicates/", duplicates.duplicates, name="duplicates"),
    path("customers/merges/", merges.merges, name="merges"),
    path("customers/merges/<int:pk>/undo/", merges.undo, name="undo_merge"),
    path("customers/choices/", customer_choice.choices, name="customer_choices"),
    path("customers/options/", customers.customer_options, name="customer_options"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.edit_customer, name="edit_customer"),
    path("customers/<int:pk>/going-along/", customers.going_along, name="going_along"),
    path("customers/<int:pk>/archive/", customers.archive, name="archive_customer"),
    path("customers/<int:pk>/restore/", customers.restore, name="restore_customer"),
    path("customers/<int:pk>/merge/", merges.merge, name="merge_customer"),
    path("customers/<int:pk>/move/<int:stage>/", lifecycle.move, name="move_customer"),
    path("customers/<int:pk>/plays/<int:item>/tick/", plays.act, {"verb": "tick"}, name="tick"),
    path(
        "customers/<int:pk>/plays/<int:item>/untick/", plays.act, {"verb": "untick"}, name="untick"
    ),
    path("lifecycle-changes/<int:pk>/undo/", lifecycle.undo_move, name="undo_move"),
    path("lifecycle-changes/<int:pk>/restore/", lifecycle.restore, name="restore_move"),
    # campaigns
    path("customers/campaigns/", campaigns.campaigns, name="campaigns"),
    path("customers/campaigns/new/", campaigns.new_campaign, name="new_campaign"),
    path("customers/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("customers/campaigns/<int:pk>/edit/", campaigns.edit_campaign, name="edit_campaign"),
    path("customers/campaigns/<int:pk>/cost/", campaigns.record_cost, name="campaign_cost"),
    path("customers/campaigns/<int:pk>/do/<slug:verb>/", campaigns.act, name="act_on_campaign"),
    path(
        "customers/campaigns/<int:pk>/members/",
        campaign_members.add_members,
        name="add_campaign_members",
    ),
    path(
        "customers/campaigns/<int:pk>/members/added/<str:added>/take-out/",
        campaign_members.take_out_members,
        name="take_out_members",
    ),
    path(
        "customers/campaigns/<int:pk>/members/<int:member>/answer/<slug:status>/",
        campaign_members.answer,
        name="answer_campaign",
    ),
    path(
        "customers/campaigns/<int:pk>/members/<int:member>/remove/",
        campaign_members.remove_member,
        name="remove_campaign_member",
    ),
    # contacts
    path("contacts/new/", contacts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/edit/", contacts.edit_contact, name="edit_contact"),
    path("contacts/<int:pk>/archive/", contacts.archive, name="archive_contact"),
    path("contacts/<int:pk>/restore/", contacts.restore, name="restore_contact"),
    # activities
    path("activities/new/", activities.new_activity, name="new_activity"),
    path("activities/planned/", activities.planned, name="planned_activities"),
    path("activities/<int:pk>/complete/", activities.complete, name="complete_activity"),
    path("activities/<int:pk>/take-back/", activities.take_back, name="take_back_activity"),
    path(
        "activities/<int:pk>/take-back-with-customer/",
        activities.take_back_with_new,
        name="take_back_with_customer",
    ),
    path(
        "activities/<int:pk>/take-back-report/",
        activities.take_back_told,
        name="take_back_report",
    ),
    path("activities/<int:pk>/reopen/", activities.reopen, name="reopen_activity"),
    path("activities/<int:pk>/edit/", edit_activity.edit, name="edit_activity"),
    path("activities/<int:pk>/reschedule/", edit_activity.reschedule, name="reschedule_activity"),
    path("activities/<int:pk>/call-off/", edit_activity.call_off, name="call_off_activity"),
    path("activities/<int:pk>/restore/", edit_activity.restore, name="restore_activity"),
    path(
        "activities/<int:pk>/take-back/<int:version>/",
        edit_activity.take_back,
        name="take_back_change",
    ),
    path("activities/<int:pk>/snooze/", reminders.snooze, name="snooze_activity"),
    path("activities/<int:pk>/unsnooze/", reminders.unsnooze, name="unsnooze_activity"),
    # calendar, for other programs
    path("calendar/<str:token>.ics", calendar, name="calendar"),
]
