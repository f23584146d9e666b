from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.finding import LONGEST, search

SHOWN = 6


class SearchForm(forms.Form):
    q = forms.CharField(max_length=LONGEST, required=False)


def search_box(request: HttpRequest) -> HttpResponse:
    """What the search box shows beneath itself; empty for an empty box."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"text": text, "groups": search(request.user, text, limit=SHOWN)}
    return render(request, "core/_search_results.html", context)
