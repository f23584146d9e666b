from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "planning"
    verbose_name = _("Planning")

    def ready(self) -> None:
        from core import vocabulary
        from core.fragments import register
        from core.working_time import register_special_days
        from planning import receivers  # noqa: F401  (connects them)
        from planning.demo.playbook import texts
        from planning.special_days import special_days
        from planning.views.my_month import month_of_plan

        vocabulary.ship(texts())
        register_special_days(special_days)
        register("today.side", "planning/_my_month.html", month_of_plan, order=10)
