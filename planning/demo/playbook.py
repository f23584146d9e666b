"""What Billion does in each stage, as its managers wrote it; translated, as its other names are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as N_

from crm.models import Play, PlayItem


@dataclass(frozen=True)
class Written:
    """A play; ``scripts`` are (kind, name, subject, text)."""

    advice: str
    lines: tuple[str, ...]
    scripts: tuple[tuple[str, str, str, str], ...] = ()
    must_know: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    def texts(self) -> Iterator[str]:
        """Every word of it that a reader sees."""
        yield self.advice
        yield from self.lines
        for _kind, *texts in self.scripts:
            yield from filter(None, texts)


OF_CUSTOMERS = {
    "Suspect": Written(
        N_(
            "Find out within a week whether this company packs anything that we could pack better. "
            "One call is enough; nobody is sold anything yet."
        ),
        (
            N_("Look at what they make and how it is packed"),
            N_("Find out who is responsible for packing"),
            N_("Call and ask for ten minutes"),
        ),
        (
            (
                "call",
                N_("The first call"),
                "",
                N_(
                    "Good morning {contact}, this is {me} from Billion. We build packing machines "
                    "for companies like {customer}. May I ask what you pack by hand today?"
                ),
            ),
        ),
        ("contact", "industry", "phone"),
    ),
    "Prospect": Written(
        N_(
            "They have a need; find out how large it is and when it will be decided. Visit the "
            "plant, measure the line, and speak with the people who run it.\n\n"
            "Who has no budget this year is called again in six months, not before."
        ),
        (
            N_("Visit the plant and see the line run"),
            N_("Count pieces per hour and people on the line"),
            N_("Ask what a stop of the line costs"),
            N_("Find out who decides and who pays"),
        ),
        (
            (
                "email",
                N_("After the visit"),
                N_("Thank you for showing us your line"),
                N_(
                    "Dear {contact},\n\nthank you for showing me how {customer} packs today. I "
                    "have noted the figures and will send you a comparison within three days.\n\n"
                    "Kind regards\n{me}"
                ),
            ),
        ),
        ("contact", "industry", "employees"),
    ),
    "Qualified": Written(
        N_(
            "Need, budget and a person who decides are known. Open a deal as soon as a machine has "
            "been named; until then keep in touch every two weeks."
        ),
        (
            N_("Send a reference from the same trade"),
            N_("Agree on the machine in question"),
            N_("Open the deal"),
        ),
        (
            (
                "email",
                N_("A reference from your trade"),
                N_("How a company like yours packs"),
                N_(
                    "Dear {contact},\n\na company much like {customer} has run one of our lines "
                    "for a year. May I send you their figures, or shall we visit them together?\n\n"
                    "Kind regards\n{me}"
                ),
            ),
        ),
        ("contact",),
        ("industry",),
    ),
    "Customer": Written(
        N_(
            "The machine is running: now it must run well. A call after a month and a visit after "
            "half a year bring spare parts, second machines and recommendations."
        ),
        (
            N_("Call a month after delivery"),
            N_("Offer the spare-part kit"),
            N_("Ask for a recommendation"),
        ),
        must_know=("contact", "website"),
    ),
}
OF_DEALS = {
    "Project": Written(
        N_(
            "Turn the wish into figures: what is packed, how many an hour, by when. A project "
            "without figures never becomes a proposal that anybody signs."
        ),
        (
            N_("Get samples of what is to be packed"),
            N_("Agree on pieces per hour"),
            N_("Ask who else is asked for an offer"),
            N_("Estimate the amount"),
            N_("Book the test on our machine"),
        ),
        (
            (
                "email",
                N_("Asking for samples"),
                N_("Samples for a test on our machine"),
                N_(
                    "Dear {contact},\n\nfor {deal} we would like to run your product on our "
                    "machine. Could {customer} send us fifty pieces? You get a film of the "
                    "test.\n\n"
                    "Kind regards\n{me}"
                ),
            ),
        ),
        ("amount", "product", "contact", "customer.industry"),
    ),
    "Proposal": Written(
        N_(
            "The proposal is on the table within five working days, and it is explained in person. "
            "Page one says what the customer saves, not what the machine costs.\n\n"
            "After two weeks without an answer ask what has changed."
        ),
        (
            N_("Work out what the customer saves in a year"),
            N_("Have the price checked"),
            N_("Explain the proposal in person"),
            N_("Ask what is missing for a yes"),
            N_("Agree on the day of the decision"),
        ),
        (
            (
                "email",
                N_("Sending the proposal"),
                N_("Our proposal for your line"),
                N_(
                    "Dear {contact},\n\nhere is our proposal for {deal}. What {customer} saves in "
                    "a year stands on page one. When may I call to go through it with you?\n\n"
                    "Kind regards\n{me}"
                ),
            ),
            (
                "call",
                N_("Two weeks later"),
                "",
                N_(
                    "Good morning {contact}, this is {me}. Our proposal for {deal} has been with "
                    "you for two weeks. What has changed since then, and what would make it a yes?"
                ),
            ),
        ),
        ("amount", "expected_close", "contact"),
        ("amount",),
    ),
    "Negotiation": Written(
        N_(
            "Give nothing without getting something: a lower price for payment in advance, a "
            "longer guarantee for a reference. Whoever signs must be at the table."
        ),
        (
            N_("Know who signs"),
            N_("Agree on the terms of payment"),
            N_("Confirm the date of delivery with production"),
            N_("Send the contract"),
        ),
        must_know=("contact", "expected_close", "amount"),
        required=("amount", "expected_close", "customer.source"),
    ),
    "Won": Written(
        N_("Hand over well: production and service know by now what was promised."),
        (N_("Hand over to production"), N_("Tell the customer who installs the machine")),
    ),
    "Lost": Written(
        N_("Ask why, thank them, and stay in touch: one in five asks again within two years."),
        (N_("Ask for the real reason"), N_("Plan a call in six months")),
    ),
}


def texts() -> list[str]:
    """Every text of the playbook, to be shown in the reader's language."""
    plays = [*OF_CUSTOMERS.values(), *OF_DEALS.values()]
    return [text for play in plays for text in play.texts()]


def write_plays(stages: dict[str, Any], written: dict[str, Written]) -> None:
    """The plays of stages by name."""
    for name, play in written.items():
        stage = stages[name]
        stage.play = Play.objects.create(
            advice=play.advice,
            templates=[
                dict(zip(("kind", "name", "subject", "text"), script, strict=True))
                for script in play.scripts
            ],
            must_know=list(dict.fromkeys([*play.must_know, *play.required])),
        )
        stage.required_fields = list(play.required)
        stage.save(update_fields=["play", "required_fields"])
        PlayItem.objects.bulk_create(
            PlayItem(play=stage.play, text=text, order=order)
            for order, text in enumerate(play.lines, start=1)
        )
