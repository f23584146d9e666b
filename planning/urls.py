"""Addresses of plans."""

from django.urls import path

from planning.views import plans

app_name = "planning"
urlpatterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/new/", plans.create, name="new_plan"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/preview/", plans.preview, name="preview_plan"),
    path("plans/<int:pk>/solve/", plans.solve_again, name="solve_plan"),
]
