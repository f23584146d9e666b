"""Addresses of customers."""

from django.urls import path
from django.views.generic import TemplateView

app_name = "crm"
urlpatterns = [
    path("", TemplateView.as_view(template_name="core/soon.html"), name="today"),
    path("customers/", TemplateView.as_view(template_name="core/soon.html"), name="customers"),
    path("customers/<int:pk>/", TemplateView.as_view(template_name="core/soon.html"), name="customer"),
]
