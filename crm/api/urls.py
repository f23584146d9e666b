from rest_framework.routers import SimpleRouter

from crm.api import views
from crm.api.activities import ActivityViewSet
from crm.api.campaigns import CampaignMemberViewSet, CampaignViewSet
from crm.api.leads import AssignmentRuleViewSet, LeadViewSet
from crm.api.merges import CustomerMergeViewSet
from crm.api.purchases import PurchaseViewSet


def register(router: SimpleRouter) -> None:
    router.register("customers", views.CustomerViewSet)
    router.register("customer-merges", CustomerMergeViewSet)
    router.register("leads", LeadViewSet)
    router.register("assignment-rules", AssignmentRuleViewSet)
    router.register("contacts", views.ContactViewSet)
    router.register("activities", ActivityViewSet)
    router.register("products", views.ProductViewSet)
    router.register("purchases", PurchaseViewSet)
    router.register("campaigns", CampaignViewSet)
    router.register("campaigns/<int:campaign_id>/members", CampaignMemberViewSet)
    router.register("sources", views.SourceViewSet)
    router.register("ladders", views.LadderViewSet)
    router.register("lifecycle-stages", views.LifecycleStageViewSet)
    router.register("lifecycle-changes", views.LifecycleChangeViewSet)
