"""Payment reminders: every week until it is paid, three at most, then a person takes over (C8).

Aim: invoices are paid without anybody calling.

Figure to watch: the share of invoices paid after each reminder, and how many reach a person.

Decided: the first reminder goes on the due date (it may move), the others a week apart, at nine on
the payer's clock; a week after the third the event ``invoice.overdue`` tells a person. A reminder
that is late, because the engine was down, is worth sending until the next. They are service
messages. Whoever pays is thanked, once a reminder went out.

``python examples/payment_reminders.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Branch, Category, Email, Emit, Exit, Journey, Message, Repeat, Send, Wait, days, on, when
from unichannel.conditions import data_date, happened, local_time, sent

CATEGORIES = [Category("billing", purpose="transactional")]

reminder = Message(
    "reminder",
    Email("Invoice {{ data.invoice }} is due", text="Please pay {{ data.total }} EUR: {{ data.url | link }}"),
    category="billing",
)
thanks = Message(
    "thanks", Email("Invoice {{ data.invoice }} is paid", text="Thank you, all is settled."), category="billing"
)

OVERDUE = Emit("invoice.overdue", {"invoice": "{{ data.invoice }}"})

journey = Journey(
    "payment-reminders",
    start=on("invoice.sent", entity="invoice"),
    exits=on("invoice.cancelled"),
    refresh=on("invoice.changed"),
    steps=[
        Wait(until=data_date("due_on")),
        Wait(until=local_time("09:00")),
        Repeat([Send(reminder, via="email", ttl=days(6))], times=3, every=days(7), until=happened("invoice.paid")),
        Wait(until=happened("invoice.paid"), timeout=days(7), on_timeout=[OVERDUE, Exit("overdue")]),
        Branch(when(sent(of="reminder"), Send(thanks, via="email"))),
    ],
)


def main() -> None:
    """One invoice is paid after two reminders, one is never paid."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    for number in ("i1", "i2"):
        url = f"https://example.com/pay/{number}"
        lab.track("ada", "invoice.sent", {"invoice": number, "total": "42.00", "due_on": "2030-01-20", "url": url})
    lab.advance(days(20))
    lab.track("ada", "invoice.paid", {"invoice": "i1"})
    lab.advance(days(30))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
