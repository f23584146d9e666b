from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Deals")

    def ready(self) -> None:
        from core.fragments import register
        from crm.timeline import lend, lend_way_back
        from pipeline import failures, finders, receivers  # noqa: F401  (registers the receivers)
        from pipeline.customer_moves import deal_moves
        from pipeline.giving_back import way_back_of_given
        from pipeline.views import fragments as shown
        from pipeline.views.files import file_card

        register("quick.add", "pipeline/_quick_add.html", shown.quick_add, order=10)
        register("customer.header", "pipeline/_customer_standing.html", shown.customer_standing)
        register("customer.main", "pipeline/_customer_deals.html", shown.customer_deals)
        register("customer.side", "pipeline/_files.html", file_card)
        register("deal.side", "pipeline/_related_deals.html", shown.related_deals, order=40)
        register("deal.side", "pipeline/_files.html", file_card)
        register(
            "today.main", "pipeline/_deals_without_step.html", shown.deals_without_step, order=40
        )
        register("today.main", "pipeline/_rotting_deals.html", shown.rotting_deals)
        for page in ("people.actions", "customers.actions"):
            register(page, "pipeline/_hand_over_button.html", shown.hand_over_button)
        register("people.top", "pipeline/_held_by_leavers.html", shown.held_by_leavers)
        finders.register()
        lend(deal_moves)
        lend_way_back(way_back_of_given)
        register("today.side", "pipeline/_month_wins.html", shown.wins_of_the_month)
