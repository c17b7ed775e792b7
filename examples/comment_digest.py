"""Digest: one message for all the comments of an hour (C2).

Aim: people hear what was said about their work without a message for each word.

Figure to watch: messages for each hundred comments, and the share of them that is clicked.

Decided: the hour starts with the first comment. What comes later goes into the next digest;
none is lost and none is told twice. Twenty comments are shown at most, and all are counted.

``python examples/comment_digest.py`` plays it in virtual time.
"""

from __future__ import annotations

from unichannel import Category, Digest, Email, Journey, Message, Send, hours, minutes, on

CATEGORIES = [Category("comments", purpose="transactional")]

comments = Message(
    "comments",
    Email(
        "{{ data.comments.count }} on {{ data.title }}",
        text="{% for one in data.comments.events %}{{ one.author }}: {{ one.text }}\n{% endfor %}",
    ),
    category="comments",
)

journey = Journey(
    "comments",
    start=on("comment.created", entity="document"),
    re_entry="after_end",
    steps=[Digest(on("comment.created"), hours(1), into="comments", most=20), Send(comments, via="email")],
)


def main() -> None:
    """Three comments within the hour, one after it."""
    from unichannel.testing import Lab

    lab = Lab(categories=CATEGORIES)
    lab.add(journey)
    lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    for text in ("Good.", "Why?", "I see.", "Done."):
        comment = {"document": "d1", "title": "The plan", "author": "Bob", "text": text}
        lab.track("ada", "comment.created", comment)
        lab.advance(minutes(25))
    lab.advance(hours(2))
    print(*lab.timeline("ada"), sep="\n")


if __name__ == "__main__":
    main()
