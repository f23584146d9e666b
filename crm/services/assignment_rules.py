"""The rules by which new leads are assigned: writing them, and finding the one that fits."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Max, Prefetch

from accounts.models import Role, Team, User
from core import clock
from core.services import audit
from core.services.versions import check_whole, save_versioned, update_versioned
from crm.models import AssignmentRule, Lead, Source

How = AssignmentRule.How


class Choice(NamedTuple):
    """Who gets a lead, and by which rule."""

    rule: AssignmentRule
    person: User


@transaction.atomic
def create_rule(
    *, by: User | None, sources: Iterable[Source] = (), **fields: Any
) -> AssignmentRule:
    """A new rule behind the others; raises ValidationError beside the field that is wrong."""
    last = AssignmentRule.objects.aggregate(last=Max("order"))["last"] or 0
    rule = AssignmentRule(**{"order": last + 1} | fields)
    rule.full_clean()
    rule.save(force_insert=True)
    rule.sources.set(sources)
    audit.record("create", rule, by=by, changes={"name": [None, rule.name]})
    return rule


@transaction.atomic
def update_rule(
    rule: AssignmentRule, *, by: User | None, sources: Iterable[Source] | None = None, **fields: Any
) -> AssignmentRule:
    """Raises StaleVersion where somebody changed the rule meanwhile."""
    check_whole(rule, fields)
    changes = update_versioned(rule, fields)
    if sources is not None:
        before, after = set(rule.sources.all()), set(sources)
        if before != after:
            if not changes:
                save_versioned(rule, fields=[])
            rule.sources.set(after)
            changes["sources"] = [_names(before), _names(after)]
    if changes:
        audit.record("update", rule, by=by, changes=changes)
    return rule


def archive_rule(rule: AssignmentRule, *, by: User | None) -> AssignmentRule:
    """It assigns nothing any more; what it assigned stays."""
    return update_rule(rule, by=by, archived_at=rule.archived_at or clock.now())


def restore_rule(rule: AssignmentRule, *, by: User | None) -> AssignmentRule:
    return update_rule(rule, by=by, archived_at=None)


@transaction.atomic
def move_rule(rule: AssignmentRule, *, up: bool, by: User | None) -> None:
    """Change places with the rule before, or after; the first and last stay where they are."""
    rules = list(current_rules().select_for_update(of=("self",)))
    place = next((i for i, each in enumerate(rules) if each.pk == rule.pk), None)
    if place is None or not 0 <= (other := place + (-1 if up else 1)) < len(rules):
        return
    rules[place], rules[other] = rules[other], rules[place]
    for order, each in enumerate(rules, start=1):
        if each.order != order:
            AssignmentRule.objects.filter(pk=each.pk).update(order=order)
    audit.record("update", rule, by=by, changes={"order": [place + 1, other + 1]})


def current_rules() -> Any:
    return AssignmentRule.objects.filter(archived_at__isnull=True).order_by("order", "id")


def choose(
    *, source: int | None, region: str = "", country: str = "", industry: str = ""
) -> Choice | None:
    """Who would get such a lead now; None where no rule fits that names anybody at work here.

    A fixed number of queries for each rule that fits.
    """
    rules = (
        current_rules()
        .select_related("person", "team")
        .prefetch_related(Prefetch("sources", to_attr="of_sources"))
    )
    for rule in rules:
        if _fits(rule, source, {region, country}, industry) and (person := _person_of(rule)):
            return Choice(rule, person)
    return None


def people_of(team: Team) -> list[User]:
    """Active sales reps of a team and of those below it, by key."""
    teams = Team.objects.descendants(team.pk, include_self=True).values_list("pk", flat=True)
    reps = User.objects.active().filter(team__in=list(teams), role=Role.REP)
    return list(reps.order_by("pk"))


def _fits(rule: AssignmentRule, source: int | None, places: set[str], industry: str) -> bool:
    sources = {each.pk for each in rule.of_sources}  # type: ignore[attr-defined]
    return (
        (not sources or source in sources)
        and (not rule.regions or bool(_folded(rule.regions) & _folded(places)))
        and (not rule.industries or bool(_folded(rule.industries) & _folded([industry])))
    )


def _folded(names: Iterable[str]) -> set[str]:
    return {name.strip().casefold() for name in names} - {""}


def _person_of(rule: AssignmentRule) -> User | None:
    if rule.team is None:
        return rule.person if rule.person and rule.person.is_active else None
    people = people_of(rule.team)
    if not people:
        return None
    last = rule.last_person_id or 0
    in_turn = sorted(people, key=lambda person: (person.pk <= last, person.pk))
    if rule.how == How.TURNS:
        return in_turn[0]
    load = load_of(people)
    # The first of the least loaded in turn: sorting keeps the order of equals.
    return min(in_turn, key=lambda person: load.get(person.pk, 0))


def load_of(people: Iterable[User]) -> dict[int, int]:
    """How many leads of each wait for an answer; who has none is left out."""
    rows = Lead.objects.current().waiting().filter(customer__owner__in=list(people)).order_by()
    counted = rows.values("customer__owner").annotate(n=Count("pk"))
    return dict(counted.values_list("customer__owner", "n"))


def _names(sources: Iterable[Source]) -> str:
    return ", ".join(sorted(source.name for source in sources))
