from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import fragments


class SearchForm(forms.Form):
    q = forms.CharField(max_length=100, required=False)


def search(request: HttpRequest) -> HttpResponse:
    """What the search box shows beneath itself; empty for an empty box."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = fragments.render("search.results", request, text=text) if text else ""
    return render(request, "core/_search_results.html", {"text": text, "found": found})
