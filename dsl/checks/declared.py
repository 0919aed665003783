"""Names are given once, and a store's settings are ones that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from dsl import tree
from dsl.checks.problem import Problem, did_you_mean, head, word
from dsl.diagnostics import Related
from dsl.graph.compiler import name_of, walk
from dsl.names import vocabulary
from dsl.names.declared import Declarations
from dsl.names.scopes import Scope


def duplicate_property(node: tree.Properties | tree.Event, scope: Scope) -> Iterator[Problem]:
    """A property is declared once; a built-in one keeps its type."""
    seen: dict[str, tree.Property] = {}
    words: Mapping[str, str]
    if isinstance(node, tree.Event):
        words = vocabulary.EVENTS.get(node.name, vocabulary.COMMON)
    elif node.subject == "customer":
        words = vocabulary.CUSTOMER
    else:
        words = {**vocabulary.ITEM, **vocabulary.PRODUCT}
    for one in node.properties:
        if not isinstance(one, tree.Property):
            continue
        if one.name in seen:
            yield Problem(
                "duplicate-name",
                word(one, scope.text, one.name),
                f"The property `{one.name}` is declared twice.",
                "Remove one of the two.",
                related=(Related("The first one.", scope.file, seen[one.name].span),),
            )
        elif words.get(one.name, one.type) != one.type:
            yield Problem(
                "built-in-property",
                word(one, scope.text, one.type),
                f"`{one.name}` is built in, as {words[one.name]}.",
                "Remove the line, or give your property another name.",
            )
        seen.setdefault(one.name, one)


def duplicate_label(node: tree.Flow, scope: Scope) -> Iterator[Problem]:
    """A label names one step, and is no message's name too."""
    flow = scope.flow
    assert flow is not None
    seen: dict[str, tree.Step] = {}
    for step in walk(node.steps):
        name = name_of(step)
        if name is None:
            continue
        after = "experiment" if isinstance(step, tree.Experiment) else "as"
        if name in seen:
            yield Problem(
                "duplicate-label",
                word(step, scope.text, name, after),
                f"Two steps of this flow are called `{name}`.",
                "Give each its own name.",
                related=(Related("The first one.", scope.file, head(seen[name], scope.text)),),
            )
        seen.setdefault(name, step)
        sent = flow.messages.get(name)
        if sent is not None and isinstance(step, tree.LabelledStatement):
            yield Problem(
                "label-is-message",
                word(step, scope.text, name, "as"),
                f"`{name}` is a message of this flow too, so `of {name}` could mean either.",
                "Give the step another name.",
                related=(Related("The message.", scope.file, head(sent, scope.text)),),
            )


@cache
def zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def unknown_timezone(node: tree.Timezone, scope: Scope) -> Iterator[Problem]:
    """A time zone is one of the IANA database."""
    if node.name not in zones():
        yield Problem(
            "unknown-timezone",
            word(node, scope.text, f'"{node.name}"'),
            f'There is no time zone "{node.name}".',
            did_you_mean(node.name, zones(), 'Write a place, such as "Europe/Berlin".'),
        )


_CURRENCIES_OF_4217 = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
    "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD "
    "TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
_CURRENCIES = frozenset(_CURRENCIES_OF_4217.split())
_LANGUAGES_OF_639_1 = (
    "aa ab af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de "
    "dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz "
    "ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li "
    "ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os "
    "pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te "
    "tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGES = frozenset(_LANGUAGES_OF_639_1.split())


def unknown_currency(node: tree.Currency, scope: Scope) -> Iterator[Problem]:
    """A currency is one of ISO 4217."""
    if node.code not in _CURRENCIES:
        yield Problem(
            "unknown-currency",
            word(node, scope.text, node.code),
            f"There is no currency `{node.code}`.",
            did_you_mean(node.code, _CURRENCIES, "Write its three letters, such as `EUR`."),
        )


def unknown_language(node: tree.Language, scope: Scope) -> Iterator[Problem]:
    """A language is one of ISO 639, with a region perhaps."""
    language = node.code.replace("_", "-").split("-")[0]
    if language not in _LANGUAGES and not (len(language) == 3 and language.islower()):
        yield Problem(
            "unknown-language",
            word(node, scope.text, f'"{node.code}"'),
            f'There is no language "{node.code}".',
            'Write its two letters, such as "de" or "en".',
        )


def bad_address(node: tree.Sender | tree.Staff | tree.To, scope: Scope) -> Iterator[Problem]:
    """An address can be written to, and hides no second line."""
    back = node.reply_to if isinstance(node, tree.Sender) else ""
    if back and isinstance(node, tree.Sender) and node.channel != "email":
        yield Problem(
            "reply-to",
            word(node, scope.text, "reply"),
            f"Only mails have an address for replies; {node.channel} is answered to its sender.",
            f'Remove `reply to "{back}"`.',
        )
        back = ""
    for address in filter(None, (node.address, back)):
        yield from _bad_address(node, address, scope)


def _bad_address(
    node: tree.Sender | tree.Staff | tree.To, address: str, scope: Scope
) -> Iterator[Problem]:
    if "\n" in address or "\r" in address:
        yield Problem(
            "line-break",
            word(node, scope.text, '"', ""),
            "An address cannot hold a line break.",
            "Remove the `\\n`.",
        )
    elif isinstance(node, tree.Sender) and node.channel != "email":
        return
    elif "{{" not in address and address.count("@") != 1:
        span = head(node, scope.text)
        yield Problem(
            "bad-address",
            span,
            f'"{address}" is no e-mail address.',
            'Write it like "care@shop.example" or "The shop <care@shop.example>".',
        )


def topic_is_channel(node: tree.Topic, scope: Scope) -> Iterator[Problem]:
    """`subscribe customer to email` means the channel; no topic takes its name."""
    if node.name in vocabulary.CHANNELS:
        yield Problem(
            "duplicate-name",
            word(node, scope.text, node.name, "topic"),
            f"`{node.name}` is a channel, so a topic cannot be called so.",
            "Give the topic another name.",
        )


def bad_subject(node: tree.Subject, scope: Scope) -> Iterator[Problem]:
    """A subject is one line."""
    if "\n" in node.text or "\r" in node.text:
        yield Problem(
            "line-break",
            head(node, scope.text),
            "A subject cannot hold a line break.",
            "Remove the `\\n`.",
        )


def bad_webhook(node: tree.Webhook, scope: Scope) -> Iterator[Problem]:
    """A webhook has an address that begins with https."""
    urls = [line for line in node.lines if isinstance(line, tree.Url)]
    for line in urls:
        if not line.url.startswith("https://") or any(one.isspace() for one in line.url):
            yield Problem(
                "bad-url",
                head(line, scope.text),
                "A webhook is called over https only.",
                'Write an address such as "https://crm.example.com/hook".',
            )
    if node.unread and not node.lines:
        return
    if not urls and not any(isinstance(line, tree.Unreadable) for line in node.lines):
        yield Problem(
            "webhook-without-url",
            head(node, scope.text),
            f"Nobody knows where to call `{node.name}`.",
            'Add the line `url "https://.."`.',
        )


def no_enter(node: tree.Flow, scope: Scope) -> Iterator[Problem]:
    """Somebody can enter a flow."""
    if any(isinstance(one, tree.Enter | tree.Unreadable) for one in node.headers):
        return
    if any(isinstance(one, tree.Unreadable) for one in node.steps.steps):
        return
    if node.unread and not (node.headers or node.steps.steps):
        return  # nothing stands below its line, which is said already
    yield Problem(
        "no-enter",
        word(node, scope.text, node.name, "flow"),
        f"Nobody can enter flow `{node.name}`.",
        "Add a line such as `enter when purchase`, or `enter manually`.",
    )


def own_segment(node: tree.Segment, scope: Scope) -> Iterator[Problem]:
    """A segment does not rest on itself."""
    if node.name in _in_circles(scope.names):
        yield Problem(
            "segment-cycle",
            word(node, scope.text, node.name, "segment"),
            f"Whether somebody is in `{node.name}` depends on whether they are in `{node.name}`.",
            "Take one segment out of the circle.",
        )


def _in_circles(names: Declarations) -> frozenset[str]:
    """The segments that rest on themselves, worked out once for a project."""
    kept = names.kept.get("segments in circles")
    if isinstance(kept, frozenset):
        return kept
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, one in names.segments.items():
        graph.add_edges_from((name, below) for below in _segments_in(one.block))
    found = frozenset(
        name
        for group in nx.strongly_connected_components(graph)
        for name in group
        if len(group) > 1 or graph.has_edge(name, name)
    )
    names.kept["segments in circles"] = found
    return found


def _segments_in(node: tree.Node) -> Iterator[str]:
    from dsl.names.scopes import below

    if isinstance(node, tree.InSegment):
        yield node.segment
    for one in below(node):
        yield from _segments_in(one)
