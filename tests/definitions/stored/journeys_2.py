"""What schema 2 added, as it is written in Python."""

from __future__ import annotations

from tests.definitions.stored import journeys_1
from unichannel import (
    Call,
    Digest,
    Email,
    Emit,
    Exit,
    Journey,
    Message,
    Push,
    Repeat,
    Send,
    StartJourney,
    Update,
    days,
    hours,
    on,
    opened,
)
from unichannel.channels import (
    Attachment,
    Card,
    Chat,
    Dial,
    InApp,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Voice,
    WebPush,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.conditions import address_stale, attribute_date, consent_older, listed, local_time, tagged
from unichannel.steps import manual, on_date, recurring

nudge = Message("nudge", Push("You have news", "{{ data.news.count }} of them"))

STEPS = Journey(
    "steps",
    start=[manual(), on("begun"), on("began")],
    steps=[
        Digest([on("comment.created"), on("liked", where={"n": 1})], hours(1), into="news", most=5),
        Digest(on("late"), until=local_time("18:00"), name="evening"),
        Update({"seen": "{{ data.news.count }}", "plan": None}, tags=["vip"], lists={"news": False}, data={"a": [1]}),
        Emit("lead.found", {"n": 1}),
        Call("crm.ask", {"id": "{{ profile.id }}"}, into="crm", timeout=hours(2), on_failure=[Exit("no crm")]),
        Repeat([Send(nudge)], times=3, every=days(7), until=on("paid")),
        Repeat([Send(nudge, name="again")], times=2, every=days(1), until=opened("push"), name="twice"),
        StartJourney("other", {"n": 1}, wait=True, into="other"),
    ],
)

DATES = Journey(
    "dates",
    start=[
        on_date(attribute_date("birthday") - days(1), at="09:00", yearly=True, leap="1 March"),
        recurring("FREQ=WEEKLY;BYDAY=MO", at="10:30"),
    ],
    steps=[Exit()],
)

KNOWN = Journey("known", start=manual(entity="id"), entry=tagged("vip") & ~listed("news"), steps=[Exit()])

STOCK = Message(
    "stock", Push("It is back", "{{ data.product }}"), about="product:{{ data.product }}", about_for=hours(12)
)
MATTER = Journey("matter", start=on("product.back"), steps=[Send(STOCK)])

EVERYWHERE = Journey(
    "everywhere",
    start=on("shipped"),
    steps=[
        Send(
            Message(
                "shipped",
                Email(
                    "Your order",
                    text="It is on its way",
                    html='<img src="cid:logo">',
                    sender="{{ profile.owner }}",
                    attachments=[
                        Attachment("terms.pdf", b"%PDF-1.7"),
                        Attachment("logo.png", "{{ data.logo }}", cid="logo"),
                    ],
                    headers={"X-Order": "{{ data.order }}"},
                ),
                Mms("It is on its way", media=[Media("https://shop.example/a.png", caption="A")], subject="Order"),
                Rcs(
                    cards=[
                        Card("Order", "On its way", media=Media("https://shop.example/a"), height="tall"),
                        Card("More", suggestions=[Reply("Yes", postback="y"), Dial("Call", "+33123456789")]),
                    ],
                    suggestions=[OpenUrl("Track", "{{ data.url | link }}")],
                ),
                WhatsApp(template=WhatsAppTemplate("shipped", "en_GB", parameters=["{{ data.order }}"], buttons=[""])),
                Push(
                    "Shipped",
                    "{{ data.order }}",
                    data={"id": "{{ data.order }}"},
                    collapse_key="o",
                    ttl=hours(4),
                    badge=1,
                ),
                WebPush("Shipped", "On its way", url="https://shop.example", icon="https://shop.example/i.png"),
                Voice("It is on its way", language="en-GB", voice="Amy"),
                InApp("Shipped", "On its way", action=OpenUrl("Track", "app://o"), until="2030-01-31", keep=days(7)),
                category="transactional",
                derive=["chat", "sms"],
            )
        ),
        Send(Message("asked", Chat("Well?", blocks=[{"type": "divider"}]), WhatsApp("Well?", buttons=[Reply("Yes")]))),
    ],
)

AGED = Journey("aged", start=manual(), entry=consent_older("email", days(900), topic="news"), steps=[Exit()])

STALE = Journey("stale", start=manual(), entry=address_stale("sms", within=days(14)), steps=[Exit()])

JOURNEYS = (*journeys_1.JOURNEYS, STEPS, DATES, KNOWN, MATTER, EVERYWHERE, AGED, STALE)
