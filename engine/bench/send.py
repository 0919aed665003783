"""Sending: messages that are due, claimed, made, delivered to a mail server and recorded.

The mail server stands in a process of its own and takes everything. The bound is aiosmtplib alone
with mails made beforehand, over as many connections, by turns with ours in one run. Rendering is
measured apart, against Liquid and MJML alone.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal, NamedTuple

import aiosmtplib
import orjson

from engine.bench.sink import sink
from engine.channels.mail import compose
from engine.channels.smtp import Smtp
from engine.channels.transport import Envelope
from engine.clock import SettableClock
from engine.core.model import DAY, Instant
from engine.messages.library import Messages
from engine.messages.samples import rich
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events
from engine.store.writer import Transaction

Form = Literal["mjml", "text"]
START: Final[Instant] = 1_767_600_000_000  # 2026-01-05 08:00 UTC
_FLOW: Final = """\
store "Bench":
  timezone "UTC"
  currency EUR
  sender email "Bench <shop@bench.example>"
  limit 5 messages per day

event ordered:
  total money

flow mails "Mails":
  enter when ordered
  send email mail
"""
_TEXT: Final = """\
---
subject: Thank you, {{ customer.first_name }}
---
Hello {{ customer.first_name | default: "there" }},

your order over {{ entry.total | money }} is on its way. We send it to {{ customer.city }}.

{{ store.name }}
"""
_MJML: Final = """\
---
subject: "{{ customer.first_name }}, your order is on its way"
preheader: We packed it this morning
---
<mj-section><mj-column>
  <mj-text font-size="28px">Thank you!</mj-text>
  <mj-text>Hello {{ customer.first_name | default: "there" }},<br/>your order over
    {{ entry.total | money }} is on its way to {{ customer.city }}.</mj-text>
  <mj-button href="{{ store.url }}/orders">See your order</mj-button>
</mj-column></mj-section>
{% for number in (1..4) %}
<mj-section><mj-column>
  <mj-image src="/p/{{ number }}.jpg" alt="Product {{ number }}" href="/p/{{ number }}"/>
  <mj-text>Product {{ number }}<br/><b>{{ number | times: 1290 | money }}</b></mj-text>
</mj-column><mj-column>
  <mj-text>{% if customer.country == "PL" %}Free delivery{% else %}Delivery 3.90{% endif %}
  </mj-text>
  <mj-button href="/p/{{ number }}">Look at it</mj-button>
</mj-column></mj-section>
{% endfor %}
<mj-section><mj-column><mj-text font-size="12px">You get this mail because you subscribed.
  <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section>
"""


class Cost(NamedTuple):
    """Seconds by the clock and of processors, this process and its children's."""

    seconds: float
    processor: float


def run(mails: int, form: Form, connections: int, rounds: int) -> dict[str, Any]:
    """Send so many mails, `rounds` times by turns with the bound; medians count."""
    ours: list[Cost] = []
    bound: list[Cost] = []
    with sink() as port:
        for _ in range(rounds):
            ours.append(_ours(mails, form, connections, port))
            bound.append(asyncio.run(_bound(mails, form, connections, port)))
    our = median(one.seconds for one in ours)
    their = median(one.seconds for one in bound)
    made, written, alone = rendering(form)
    return {
        "workload": "send",
        "form": form,
        "mails": mails,
        "connections": connections,
        "rounds": rounds,
        "mails_per_second": round(mails / our),
        "bound_mails_per_second": round(mails / their),
        "ratio": round(their / our, 3),
        "processor_us": round(median(one.processor for one in ours) / mails * 1e6),
        "bound_processor_us": round(median(one.processor for one in bound) / mails * 1e6),
        "rendering_us": round(made * 1e6),
        "mail_us": round(written * 1e6),
        "libraries_us": round(alone * 1e6),
        "rendering_ratio": round(alone / made, 3),
    }


@contextmanager
def _project(form: Form) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="headrace-send-") as folder:
        flows = Path(folder) / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "bench.flow").write_text(_FLOW, encoding="utf-8")
        name, text = ("mail.email.mjml", _MJML) if form == "mjml" else ("mail.email.txt", _TEXT)
        (flows / "messages" / name).write_text(text, encoding="utf-8")
        yield Path(folder)


def _ours(mails: int, form: Form, connections: int, port: int) -> Cost:
    with _project(form) as folder:
        mail = Smtp(f"smtp://127.0.0.1:{port}", connections=connections)
        service = Service(
            folder / "data",
            folder / "flows",
            Settings(),
            SettableClock(START),
            transports={"email": mail},
        )
        service.start(background=False)
        try:
            service.writer.run(lambda tx: _customers(tx, mails))
            service.tick()
            began = _now()
            service.sender.drain()
            cost = _since(began)
            ((sent,),) = service.writer.run(
                lambda tx: tx.rows("select count(*) from intent where state = 'sent'")
            )
        finally:
            service.stop()
    if sent != mails:
        raise RuntimeError(f"send went wrong: {sent} of {mails} were sent")
    return cost


def _customers(transaction: Transaction, count: int) -> None:
    for number in range(1, count + 1):
        properties = {
            "email": f"c{number}@shop{number % 20}.example",
            "first_name": f"Name {number}",
            "city": "Wrocław",
            "country": "PL",
        }
        transaction.execute(
            "insert into customer (id, created_at, properties) values (?, ?, ?)",
            (number, START - DAY, orjson.dumps(properties)),
        )
        transaction.execute(
            "insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
            (number, START - DAY),
        )
        new = events.NewEvent(f"order-{number}", number, "ordered", START, {"total": 12_990})
        events.append(transaction, [new], START)


async def _bound(mails: int, form: Form, connections: int, port: int) -> Cost:
    with _project(form) as folder:
        library = Messages(folder / "flows" / "messages")
        made = library.render("mail", "email", _context(1))
        mail = compose("1", _envelope(made))
    numbers = iter(range(mails))

    async def work() -> None:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost"
        )
        await client.connect()
        for number in numbers:
            recipient = f"c{number}@shop{number % 20}.example"
            await client.sendmail(mail.sender, [recipient], mail.content)
        await client.quit()

    began = _now()
    await asyncio.gather(*(work() for _ in range(connections)))
    return _since(began)


def rendering(form: Form, times: int = 300) -> tuple[float, float, float]:
    """Seconds of processor time to render one message, to write it as a mail, and for Liquid and
    MJML alone to make its texts.
    """
    from mjml import mjml2html

    with _project(form) as folder:
        library = Messages(folder / "flows" / "messages")
        context = _context(1)
        shown = library.render("mail", "email", context)
        (file,) = library.variants("mail", "email")
        environment = library.markup if form == "mjml" else library.plain
        sources = [file.body, file.text("subject")]
        from engine.messages.library import _DEFAULT_LAYOUT
        from engine.messages.templating import plain

        templates = [environment.from_string(source) for source in sources]
        layout = environment.from_string(_DEFAULT_LAYOUT)
        values = plain({**context, "unsubscribe_url": "https://shop.example/u/1"})

        def alone() -> None:
            texts = [template.render(**values) for template in templates]
            if form == "mjml":
                mjml2html(layout.render(content=texts[0], subject=texts[1]), fonts={})

        def whole() -> None:
            library.render("mail", "email", context)

        def written() -> None:
            compose("1", _envelope(shown))

        turns = [[_timed(work, times // 6) for work in (whole, written, alone)] for _ in range(6)]
    made, mail, libraries = (median(times) for times in zip(*turns, strict=True))
    return made, mail, libraries


def _timed(work: Callable[[], None], times: int) -> float:
    work()
    began = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - began) / times


def _context(number: int) -> dict[str, Any]:
    return {**rich(), "entry": {"total": 12_990 + number}}


def _envelope(made: Any) -> Envelope:
    return Envelope(
        channel="email",
        to="c1@shop1.example",
        at=START,
        sender="Bench <shop@bench.example>",
        subject=made.subject,
        html=made.html,
        text=made.text,
        headers=made.headers,
        message="mail",
        flow="mails",
    )


def _now() -> Cost:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Cost(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used))


def _since(began: Cost) -> Cost:
    now = _now()
    return Cost(now.seconds - began.seconds, now.processor - began.processor)
