from rest_framework.routers import SimpleRouter

from crm.api import views


def register(router: SimpleRouter) -> None:
    router.register("customers", views.CustomerViewSet)
    router.register("contacts", views.ContactViewSet)
    router.register("activities", views.ActivityViewSet)
    router.register("products", views.ProductViewSet)
    router.register("sources", views.SourceViewSet)
    router.register("ladders", views.LadderViewSet)
    router.register("lifecycle-stages", views.LifecycleStageViewSet)
    router.register("lifecycle-changes", views.LifecycleChangeViewSet)
