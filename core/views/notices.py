from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.models import Notice
from core.sentences import sentence_of

SHOWN = 20


@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """A person's last notices; seeing them is reading them."""
    rows = list(Notice.objects.filter(user=request.user.pk)[:SHOWN])
    shown = [{"notice": row, "text": sentence_of(row)} for row in rows]
    Notice.objects.filter(pk__in=[row.pk for row in rows], read_at__isnull=True).update(
        read_at=timezone.now()
    )
    return render(request, "core/_notices.html", {"shown": shown})
