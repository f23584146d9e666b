"""Addresses of people."""

from django.urls import path
from django.views.generic import TemplateView

app_name = "accounts"
urlpatterns = [
    # me
    path("me/", TemplateView.as_view(template_name="core/soon.html"), name="profile"),
    # administration
    path("people/", TemplateView.as_view(template_name="core/soon.html"), name="people"),
]
