from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from crm.models import Customer, LadderPosition, LifecycleStage, PlayItem
from crm.playbook import play_of_customer
from crm.services.plays import tick, untick

ACTS = {"tick": tick, "untick": untick}


@require_POST
def act(request: PersonRequest, pk: int, item: int, verb: str) -> HttpResponse:
    """Tick or untick a line of the play of the stage that the customer stands in."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    stage = standing(customer)
    play = stage.current_play if stage else None
    lines = PlayItem.objects.filter(play=play, archived_at__isnull=True)
    ACTS[verb](customer, get_object_or_404(lines, pk=item), by=request.user)
    if not request.htmx:
        return redirect("crm:customer", pk)
    shown = play_of_customer(customer, stage, request.user)
    return render(request, "crm/_play.html", {"play": shown, "customer": customer})


def standing(customer: Customer) -> LifecycleStage | None:
    """Where a customer stands on the default ladder."""
    here = LadderPosition.objects.filter(customer=customer, ladder__is_default=True)
    position = here.select_related("stage__play").first()
    return position.stage if position else None
