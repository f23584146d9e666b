"""Every endpoint with a good body, and who gets which answer from it."""

from django.core.files.uploadedfile import SimpleUploadedFile

PERSONAS = ("owner", "teammate", "manager", "stranger", "admin", "nobody", "revoked", "reader")


def who(owner, teammate, manager, stranger, admin, reader):
    return dict(
        zip(PERSONAS, (owner, teammate, manager, stranger, admin, 401, 401, reader), strict=True)
    )


def all_may(status=200):
    return who(status, status, status, status, status, status)


def all_but_readers(status):
    return who(status, status, status, status, status, 403)


RECORD = who(200, 200, 200, 404, 200, 200)
CHANGE = who(200, 200, 200, 404, 200, 403)
OWN = who(200, 404, 404, 404, 404, 200)
CHANGE_OWN = who(200, 404, 404, 404, 404, 403)
DELETE = who(204, 204, 204, 404, 204, 403)
# A customer out of sight cannot be named: the body is refused, not the address.
ON_CUSTOMER = who(201, 201, 201, 400, 201, 403)
ADMIN_READS = who(403, 403, 403, 403, 200, 403)
PLAN_READS = who(404, 404, 200, 404, 200, 404)
MOVE = {"stage": "Prospect"}
NAME = {"name": "Renamed"}


def by_admin(status):
    return who(403, 403, 403, 403, status, 403)


def by_planners(status):
    return who(403, 403, status, 403, status, 403)


def records(noun, row, made, create=ON_CUSTOMER, changed=NAME):
    return [
        ("GET", f"{noun}/", None, all_may()),
        ("POST", f"{noun}/", made, create),
        ("GET", f"{noun}/{{{row}}}/", None, RECORD),
        ("PATCH", f"{noun}/{{{row}}}/", changed, CHANGE),
        ("PUT", f"{noun}/{{{row}}}/", made, CHANGE),
        ("DELETE", f"{noun}/{{{row}}}/", None, DELETE),
    ]


def for_all_by_admin(noun, row, made, changed=NAME, deleted=204):
    return [
        ("GET", f"{noun}/", None, all_may()),
        ("POST", f"{noun}/", made, by_admin(201)),
        ("GET", f"{noun}/{{{row}}}/", None, all_may()),
        ("PATCH", f"{noun}/{{{row}}}/", changed, by_admin(200)),
        ("PUT", f"{noun}/{{{row}}}/", made, by_admin(200)),
        ("DELETE", f"{noun}/{{{row}}}/", None, by_admin(deleted)),
    ]


STAGE = {"ladder": "{ladder}", "name": "Lead", "order": 9, "part": "nurturing"}
PLAN = {
    "name": "More",
    "year": 2031,
    "pipeline": "{pipeline}",
    "target": "1000000",
    "currency": "CNY",
}
ROLE = {
    "name": "Engineer",
    "efforts": [{"kind": "opportunity", "stage": "{qualified}", "per_entry": 2.0}],
}
STAFF = {"role": "{role}", "begins": "2026-01-01"}
CHANNEL = {"source": "{fair}", "tiers": [{"leads_per_month": 10, "cost_per_lead": "5.00"}]}
CHANNEL_CHANGED = CHANNEL | {"source": "{hall}"}
QUARTERS = {"dimension": "quarter", "parts": [{"value": "1", "amount": "10"}]}
ASSUMED = {"assumptions": [{"kind": "amount", "value": 1.2, "reason": "New prices"}]}
PLAY = {"kind": "opportunity", "stage": "{proposal}", "checklist": [{"text": "Ring"}]}
A_FILE = "<file>"
RULE = {"name": "Web", "how": "load", "team": "{team}", "sources": ["{source}"]}
HOLIDAY = {"day": "2026-10-01", "name": "National Day"}
CAMPAIGN = {"name": "Fair", "source": "{hall}", "starts_on": "2026-01-01", "currency": "CNY"}
PAST = [{"opportunity": "{deal}", "stage": "Proposal", "at": "2020-01-01T00:00:00Z"}]


def for_planners(noun, row, made, changed, put=None):
    return [
        ("GET", f"{noun}/", None, all_may()),
        ("POST", f"{noun}/", made, by_planners(201)),
        ("GET", f"{noun}/{{{row}}}/", None, PLAN_READS),
        ("PATCH", f"{noun}/{{{row}}}/", changed, by_planners(200)),
        ("PUT", f"{noun}/{{{row}}}/", put or made, by_planners(200)),
        ("DELETE", f"{noun}/{{{row}}}/", None, by_planners(204)),
    ]


TABLE = [
    *records("customers", "customer", {"name": "New"}, create=all_but_readers(201)),
    ("POST", "customers/upsert/", {"external_id": "N", "name": "N"}, all_but_readers(201)),
    ("GET", "customers/duplicates/?name=Acme", None, all_may()),
    ("POST", "customers/{customer}/move/", MOVE, CHANGE),
    ("POST", "customers/{customer}/archive/", None, CHANGE),
    ("POST", "customers/{customer}/restore/", None, CHANGE),
    ("POST", "customers/{customer}/merge/", {"other": "{twin}"}, who(201, 403, 201, 404, 201, 403)),
    ("GET", "customer-merges/", None, all_may()),
    ("GET", "customer-merges/{merge}/", None, RECORD),
    ("POST", "customer-merges/{merge}/undo/", None, who(200, 403, 200, 404, 200, 403)),
    ("GET", "leads/", None, all_may()),
    ("POST", "leads/", {"name": "New"}, all_but_readers(201)),
    ("GET", "leads/{lead}/", None, RECORD),
    ("POST", "leads/{lead}/take/", None, who(200, 400, 400, 404, 400, 403)),
    ("POST", "leads/{lead}/assign/", {"owner": "{user}"}, by_planners(200)),
    ("GET", "leads/statistics/", None, all_may()),
    ("GET", "leads/target/", None, all_may()),
    ("PATCH", "leads/target/", {"hours": "2"}, by_planners(200)),
    ("GET", "assignment-rules/", None, by_planners(200)),
    ("POST", "assignment-rules/", RULE, by_planners(201)),
    ("GET", "assignment-rules/{rule}/", None, by_planners(200)),
    ("PATCH", "assignment-rules/{rule}/", NAME, by_planners(200)),
    ("PUT", "assignment-rules/{rule}/", RULE, by_planners(200)),
    ("DELETE", "assignment-rules/{rule}/", None, by_planners(204)),
    ("POST", "assignment-rules/{rule}/archive/", None, by_planners(200)),
    ("POST", "assignment-rules/{rule}/restore/", None, by_planners(200)),
    ("GET", "assignment-rules/try/?source={source}", None, by_planners(200)),
    ("GET", "hand-overs/", None, by_planners(200)),
    ("POST", "hand-overs/", {"giver": "{user}", "receivers": ["{mate}"]}, by_planners(201)),
    ("GET", "hand-overs/{hand_over}/", None, by_planners(200)),
    ("POST", "hand-overs/{hand_over}/undo/", None, by_planners(200)),
    *records("contacts", "contact", {"customer": "{customer}", "name": "Bo"}),
    ("POST", "contacts/{contact}/archive/", None, CHANGE),
    ("POST", "contacts/{contact}/restore/", None, CHANGE),
    *records(
        "activities",
        "activity",
        {"customer": "{customer}", "kind": "call", "subject": "Ring"},
        changed={"subject": "Rang"},
    ),
    # Only who is to do it may put its reminder off.
    (
        "POST",
        "activities/{planned}/snooze/",
        {"for": "1_hour"},
        who(200, 400, 400, 404, 400, 403),
    ),
    ("POST", "activities/{planned}/unsnooze/", None, who(400, 400, 400, 404, 400, 403)),
    ("GET", "notifications/", None, all_may()),
    ("GET", "notifications/{notice}/", None, OWN),
    ("POST", "notifications/{notice}/read/", None, CHANGE_OWN),
    ("POST", "notifications/{notice}/unread/", None, CHANGE_OWN),
    ("POST", "notifications/read-all/", None, all_but_readers(200)),
    ("GET", "calendar-address/", None, all_but_readers(200)),
    ("POST", "calendar-address/regenerate/", None, all_but_readers(200)),
    ("GET", "campaigns/", None, all_may()),
    ("POST", "campaigns/", CAMPAIGN, by_planners(201)),
    ("GET", "campaigns/{campaign}/", None, all_may()),
    ("PATCH", "campaigns/{campaign}/", NAME, by_planners(200)),
    ("PUT", "campaigns/{campaign}/", CAMPAIGN, by_planners(200)),
    ("DELETE", "campaigns/{campaign}/", None, by_planners(204)),
    ("POST", "campaigns/{campaign}/archive/", None, by_planners(200)),
    ("POST", "campaigns/{campaign}/restore/", None, by_planners(200)),
    ("POST", "campaigns/{campaign}/start/", None, by_planners(200)),
    ("POST", "campaigns/{campaign}/finish/", None, by_planners(200)),
    ("POST", "campaigns/{campaign}/postpone/", None, by_planners(200)),
    ("POST", "campaigns/{campaign}/cost/", {"actual_cost": "9"}, by_planners(200)),
    (
        "POST",
        "campaigns/{campaign}/respond/",
        {"customer": "{customer}"},
        who(200, 200, 200, 400, 200, 403),
    ),
    ("GET", "campaigns/by-source/", None, all_may()),
    ("GET", "campaigns/{campaign}/members/", None, all_may()),
    ("POST", "campaigns/{campaign}/members/", {"customer": "{other}"}, by_planners(201)),
    ("GET", "campaigns/{campaign}/members/{member}/", None, RECORD),
    ("PATCH", "campaigns/{campaign}/members/{member}/", {"status": "declined"}, CHANGE),
    ("PUT", "campaigns/{campaign}/members/{member}/", {"status": "responded"}, CHANGE),
    ("DELETE", "campaigns/{campaign}/members/{member}/", None, by_planners(204)),
    *records(
        "purchases",
        "purchase",
        {"customer": "{customer}", "at": "2024-03-01T00:00:00Z", "amount": "9", "currency": "CNY"},
        changed={"amount": "8"},
    ),
    ("POST", "purchases/{purchase}/archive/", None, CHANGE),
    ("POST", "purchases/{purchase}/restore/", None, CHANGE),
    *records(
        "opportunities", "deal", {"customer": "{customer}", "pipeline": "{pipeline}", "name": "D"}
    ),
    (
        "POST",
        "opportunities/upsert/",
        {"external_id": "N", "pipeline": "{pipeline}", "name": "D", "customer": "{customer}"},
        ON_CUSTOMER,
    ),
    ("POST", "opportunities/{deal}/move/", {"stage": "Proposal"}, CHANGE),
    ("POST", "opportunities/{deal}/archive/", None, CHANGE),
    ("POST", "opportunities/{deal}/restore/", None, CHANGE),
    ("GET", "lifecycle-changes/", None, all_may()),
    ("GET", "lifecycle-changes/{lifecycle_change}/", None, RECORD),
    ("GET", "stage-changes/", None, all_may()),
    ("GET", "stage-changes/{stage_change}/", None, RECORD),
    ("POST", "stage-changes/bulk/", PAST, who(200, 200, 200, 400, 200, 403)),
    *for_all_by_admin("products", "product", {"name": "Press", "currency": "CNY"}),
    *for_all_by_admin("sources", "source", {"name": "Fair"}),
    *for_all_by_admin("lost-reasons", "lost_reason", {"name": "Time"}),
    *for_all_by_admin("ladders", "ladder", {"name": "Loyalty"}, deleted=409),
    *for_all_by_admin("lifecycle-stages", "suspect", STAGE, deleted=409),
    *for_all_by_admin(
        "stages", "qualified", {"pipeline": "{pipeline}", "name": "Trial", "order": 9}, deleted=409
    ),
    ("POST", "stages/{qualified}/merge/", {"into": "{proposal}"}, by_admin(200)),
    ("POST", "stages/{qualified}/unmerge/", None, by_admin(400)),
    *for_all_by_admin("teams", "team", {"name": "West"}, deleted=400),
    *for_all_by_admin(
        "exchange-rates",
        "rate",
        {"base": "USD", "quote": "CNY", "date": "2026-02-01", "rate": "7.1"},
        changed={"rate": "7.2"},
    ),
    ("GET", "plays/", None, all_may()),
    ("POST", "plays/", PLAY, by_planners(201)),
    ("GET", "plays/{play}/", None, all_may()),
    ("PATCH", "plays/{play}/", {"advice": "Call."}, by_planners(200)),
    ("PUT", "plays/{play}/", {"advice": "Call."}, by_planners(200)),
    ("DELETE", "plays/{play}/", None, by_planners(204)),
    ("POST", "plays/{play}/archive/", None, by_planners(200)),
    ("POST", "plays/{play}/restore/", None, by_planners(200)),
    ("GET", "files/", None, all_may()),
    ("POST", "files/", {"customer": "{customer}", "file": A_FILE}, ON_CUSTOMER),
    ("GET", "files/{file}/", None, RECORD),
    ("GET", "files/{file}/download/", None, RECORD),
    ("PUT", "files/{file}/", {}, all_but_readers(405)),
    ("PATCH", "files/{file}/", {}, all_but_readers(405)),
    ("DELETE", "files/{file}/", None, DELETE),
    ("POST", "files/{file}/archive/", None, CHANGE),
    ("POST", "files/{file}/restore/", None, CHANGE),
    ("GET", "pipelines/", None, all_may()),
    (
        "POST",
        "pipelines/",
        {"name": "Service", "currency": "CNY", "stages": ["Asked"]},
        by_admin(201),
    ),
    ("GET", "pipelines/{pipeline}/", None, all_may()),
    ("PATCH", "pipelines/{pipeline}/", NAME, by_admin(200)),
    ("PUT", "pipelines/{pipeline}/", {"name": "P", "currency": "CNY"}, by_admin(200)),
    ("DELETE", "pipelines/{pipeline}/", None, by_admin(409)),
    ("GET", "pipelines/{pipeline}/board/", None, all_may()),
    ("GET", "pipelines/{pipeline}/forecast/", None, all_may()),
    ("GET", "pipelines/{pipeline}/dwell/?stage={qualified}", None, all_may(409)),
    ("GET", "pipelines/{pipeline}/trend/", None, all_may(409)),
    ("GET", "pipelines/{pipeline}/compare/?field=team&first=1&second=2", None, all_may(404)),
    ("GET", "pipelines/{pipeline}/stays/?stage={qualified}", None, all_may(409)),
    ("GET", "pipelines/{service}/model-card/", None, all_may()),
    ("POST", "pipelines/{service}/model-card/", None, all_but_readers(202)),
    ("GET", "pipelines/{pipeline}/own-chances/", None, all_may()),
    ("GET", "estimates/", None, all_may()),
    ("POST", "estimates/", {"pipeline": "{pipeline}"}, all_but_readers(202)),
    ("GET", "estimates/{estimate}/", None, all_may()),
    ("GET", "estimates/latest/?pipeline={service}", None, all_may()),
    ("GET", "plans/", None, all_may()),
    ("POST", "plans/", PLAN, by_planners(201)),
    ("GET", "plans/{plan}/", None, PLAN_READS),
    ("PATCH", "plans/{plan}/", NAME, by_planners(200)),
    ("PUT", "plans/{plan}/", PLAN | {"year": 2030}, by_planners(200)),
    ("DELETE", "plans/{plan}/", None, by_planners(204)),
    ("POST", "plans/{plan}/solve/", None, by_planners(409)),
    ("POST", "plans/{plan}/approve/", None, by_planners(409)),
    ("POST", "plans/{plan}/take-approval-back/", None, by_planners(200)),
    ("GET", "plans/{plan}/requirements/", None, PLAN_READS),
    ("GET", "plans/{plan}/targets/", None, PLAN_READS),
    ("PUT", "plans/{plan}/targets/", QUARTERS, by_planners(200)),
    ("GET", "plans/{plan}/channel-budgets/", None, PLAN_READS),
    ("PUT", "plans/{plan}/channel-budgets/", {"budgets": []}, by_planners(200)),
    ("DELETE", "plans/{plan}/channel-budgets/", None, by_planners(204)),
    ("GET", "plans/{plan}/repeat-business/", None, PLAN_READS),
    ("PUT", "plans/{plan}/repeat-business/", {"repeat_from": "deals"}, by_planners(200)),
    ("GET", "plans/{plan}/assumptions/", None, PLAN_READS),
    ("PUT", "plans/{plan}/assumptions/", ASSUMED, by_planners(200)),
    ("DELETE", "plans/{plan}/assumptions/", None, by_planners(204)),
    ("GET", "plans/{plan}/scenarios/", None, PLAN_READS),
    ("POST", "plans/{plan}/scenarios/", {"name": "Higher", "target": "20"}, by_planners(201)),
    ("GET", "plans/{plan}/scenarios/compare/?with={plan_scenario}", None, PLAN_READS),
    ("GET", "plans/{plan}/risk/", None, who(404, 404, 409, 404, 409, 404)),
    ("GET", "plans/{plan}/explain/?stage={qualified}", None, who(404, 404, 409, 404, 409, 404)),
    ("GET", "plans/{plan}/hires/", None, PLAN_READS),
    ("POST", "plans/{plan}/hires/take/", None, by_planners(200)),
    ("POST", "plans/{plan}/hires/take-back/", {"hires": ["{hire}"]}, by_planners(200)),
    ("GET", "plans/{plan}/what-if/", None, who(404, 404, 409, 404, 409, 404)),
    ("POST", "plans/{plan}/what-if/", {"win": 1.1}, by_planners(409)),
    ("GET", "plans/{plan}/takes/", None, who(404, 404, 409, 404, 409, 404)),
    ("GET", "plans/{plan}/workbook/", None, PLAN_READS),
    ("GET", "plans/{plan}/tables/", None, PLAN_READS),
    ("GET", "plans/{plan}/tables/{table}/", None, PLAN_READS),
    *for_planners("job-roles", "role_alone", ROLE, NAME),
    *for_planners("staff", "person", STAFF, {"headcount": 2}),
    *for_planners("channels", "channel", CHANNEL, {"lead_months": 1}, put=CHANNEL_CHANGED),
    *for_planners("holidays", "holiday", HOLIDAY, NAME),
    ("GET", "search/?q=h", None, all_may()),
    ("GET", "users/", None, all_may()),
    ("POST", "users/", {"name": "Di", "email": "di@x.example"}, by_admin(201)),
    ("GET", "users/{user}/", None, who(200, 200, 200, 404, 200, 200)),
    ("PATCH", "users/{user}/", NAME, by_admin(200)),
    ("PUT", "users/{user}/", {"name": "Lily"}, by_admin(200)),
    ("DELETE", "users/{user}/", None, by_admin(405)),
    ("GET", "users/{invited}/invitation/", None, ADMIN_READS),
    ("POST", "users/{invited}/invitation/", None, by_admin(200)),
    ("GET", "imports/", None, ADMIN_READS),
    ("GET", "imports/{batch}/", None, ADMIN_READS),
    ("GET", "jobs/{job}/", None, who(200, 404, 404, 404, 200, 200)),
]


def filled(value, ids):
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if value == A_FILE:
        return SimpleUploadedFile("offer.txt", b"One line, 5 CNY")
    if isinstance(value, str) and value.startswith("{"):
        return ids[value.strip("{}")]
    return value
