"""Migration operation that lets the database itself write down what products were listed at.

Whoever sets a price, the administration site, the API, an import or a statement by hand: the row
stands in the history when the price does. A later migration that alters ``crm_product`` on SQLite
rebuilds it and must run the operation again.
"""

from typing import Any

from django.db.migrations.operations import RunPython

# The price that a product begins with holds for all the past. A later one holds from the instant
# of business on, which is pinned or the real one.
SQLITE = (
    """
CREATE TRIGGER log_crm_product_first_price AFTER INSERT ON crm_product
WHEN NEW.price IS NOT NULL
BEGIN
    INSERT INTO crm_pricechange (product_id, price, currency, at, recorded_at)
    VALUES (
        NEW.id, NEW.price, NEW.currency, NULL, strftime('%Y-%m-%d %H:%M:%f000', 'now')
    );
END
""",
    """
CREATE TRIGGER log_crm_product_price AFTER UPDATE ON crm_product
WHEN OLD.price IS NOT NEW.price OR OLD.currency IS NOT NEW.currency
BEGIN
    INSERT INTO crm_pricechange (product_id, price, currency, at, recorded_at)
    VALUES (
        NEW.id,
        NEW.price,
        NEW.currency,
        COALESCE(
            (SELECT pinned_at FROM core_businessclock WHERE pinned_at IS NOT NULL),
            strftime('%Y-%m-%d %H:%M:%f000', 'now')
        ),
        strftime('%Y-%m-%d %H:%M:%f000', 'now')
    );
END
""",
)
POSTGRESQL = (
    """
CREATE OR REPLACE FUNCTION log_crm_product_first_price() RETURNS trigger AS $$
BEGIN
    INSERT INTO crm_pricechange (product_id, price, currency, at, recorded_at)
    SELECT id, price, currency, NULL, clock_timestamp() FROM changed WHERE price IS NOT NULL;
    RETURN NULL;
END $$ LANGUAGE plpgsql
""",
    """
CREATE TRIGGER log_crm_product_first_price AFTER INSERT ON crm_product
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION log_crm_product_first_price()
""",
    """
CREATE OR REPLACE FUNCTION log_crm_product_price() RETURNS trigger AS $$
BEGIN
    INSERT INTO crm_pricechange (product_id, price, currency, at, recorded_at)
    SELECT
        changed.id,
        changed.price,
        changed.currency,
        COALESCE(
            (SELECT pinned_at FROM core_businessclock WHERE pinned_at IS NOT NULL),
            clock_timestamp()
        ),
        clock_timestamp()
    FROM changed JOIN before USING (id)
    WHERE (before.price, before.currency) IS DISTINCT FROM (changed.price, changed.currency);
    RETURN NULL;
END $$ LANGUAGE plpgsql
""",
    """
CREATE TRIGGER log_crm_product_price AFTER UPDATE ON crm_product
REFERENCING OLD TABLE AS before NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION log_crm_product_price()
""",
)


def log_prices() -> RunPython:
    """Triggers on products; reversible."""

    def watch(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for statement in SQLITE if is_sqlite else POSTGRESQL:
            schema_editor.execute(statement)

    def unwatch(apps: Any, schema_editor: Any) -> None:
        on = "" if schema_editor.connection.vendor == "sqlite" else " ON crm_product"
        for name in ("log_crm_product_first_price", "log_crm_product_price"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return RunPython(watch, unwatch)
