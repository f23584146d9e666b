from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "planning"
    verbose_name = _("Planning")

    def ready(self) -> None:
        from core import vocabulary
        from planning import receivers  # noqa: F401  (connects them)
        from planning.demo.playbook import texts

        vocabulary.ship(texts())
