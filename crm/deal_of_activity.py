"""Migration operation that keeps an activity's deal one of the same customer.

The database refuses any other. A deal that is given to another customer takes its activities
along, whoever changed it, for they were about this deal; one that is left without a customer lets
them go. A later migration that alters ``crm_activity`` or ``pipeline_opportunity`` on SQLite
rebuilds it: it takes the triggers away first and keeps them again afterwards.
"""

from typing import Any

from django.db.migrations.operations import RunPython

REFUSED = "the deal is of another customer"
FOLLOW = """
    UPDATE crm_activity SET
        customer_id = COALESCE(NEW.customer_id, customer_id),
        opportunity_id = CASE WHEN NEW.customer_id IS NULL THEN NULL ELSE NEW.id END,
        version = version + 1
    WHERE opportunity_id = NEW.id;
"""
OTHER = """NEW.opportunity_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pipeline_opportunity
    WHERE id = NEW.opportunity_id AND customer_id = NEW.customer_id
)"""
SQLITE = (
    *(
        f"""
CREATE TRIGGER activity_of_deal_{event.lower()} BEFORE {event} ON crm_activity WHEN {OTHER}
BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
"""
        for event in ("INSERT", "UPDATE")
    ),
    f"""
CREATE TRIGGER activities_follow_deal AFTER UPDATE OF customer_id ON pipeline_opportunity
WHEN OLD.customer_id IS NOT NEW.customer_id
BEGIN {FOLLOW} END
""",
)
POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION check_activity_of_deal() RETURNS trigger AS $$
BEGIN
    IF {OTHER} THEN
        RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql
""",
    """
CREATE TRIGGER activity_of_deal BEFORE INSERT OR UPDATE OF customer_id, opportunity_id
ON crm_activity FOR EACH ROW WHEN (NEW.opportunity_id IS NOT NULL)
EXECUTE FUNCTION check_activity_of_deal()
""",
    f"""
CREATE OR REPLACE FUNCTION activities_follow_deal() RETURNS trigger AS $$
BEGIN {FOLLOW} RETURN NULL; END $$ LANGUAGE plpgsql
""",
    """
CREATE TRIGGER activities_follow_deal AFTER UPDATE OF customer_id ON pipeline_opportunity
FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id)
EXECUTE FUNCTION activities_follow_deal()
""",
)
TRIGGERS = {
    "sqlite": (
        ("activity_of_deal_insert", "crm_activity"),
        ("activity_of_deal_update", "crm_activity"),
        ("activities_follow_deal", "pipeline_opportunity"),
    ),
    "postgresql": (
        ("activity_of_deal", "crm_activity"),
        ("activities_follow_deal", "pipeline_opportunity"),
    ),
}


def keep_deals_of_activities() -> RunPython:
    """Triggers on activities and deals; reversible."""
    return RunPython(_watch, _unwatch)


def free_deals_of_activities() -> RunPython:
    """Takes the triggers away, before a migration that rebuilds a table; reversible."""
    return RunPython(_unwatch, _watch)


def _watch(apps: Any, schema_editor: Any) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def _unwatch(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for name, table in TRIGGERS[vendor]:
        on = "" if vendor == "sqlite" else f" ON {table}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
