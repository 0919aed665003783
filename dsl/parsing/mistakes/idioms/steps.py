"""Headers and steps in the words of other tools, and the names of their events."""

from __future__ import annotations

import re

from dsl.parsing.mistakes.events import OUR_EVENTS
from dsl.parsing.mistakes.idioms.row import PATH, VALUE, Row, row


def _ours(found: re.Match[str]) -> str:
    return OUR_EVENTS.get(re.sub(r"[\s_]+", "_", found[1].strip('"').lower()), found[0])


_OWNED = r"customer\.[a-z]\w*"
_EVENT_NAMES = "|".join(
    sorted((one.replace("_", r"[\s_]+") for one in OUR_EVENTS), key=len, reverse=True)
)
EVENT_NAMES: Row = row(rf'"?\b({_EVENT_NAMES})\b"?', _ours, any_case=True)
STEPS: tuple[Row, ...] = (
    row(r"^(?:and )?(?:then|next|afterwards|after that|finally|now|first|please),? (?=[a-z])", ""),
    row(r"^send (email|sms|push|whatsapp) ([a-z]\w*),? (?:or|else|otherwise|and|then|fallback(?: to)?|if not)(?: by| via| send)? (email|sms|push|whatsapp)(?: \2)?$", r"send \1 else \3 \2"),
    row(r"^(?:trigger|start|starts|begin|on) (?:when|on|if|by) ", "enter when "),
    row(r"^enter (?:if|on|upon|after|with|by) ", "enter when "),
    row(r"^enter (?=[a-z]\w*(?: or \w+)*$)(?!manually|every|once|when)", "enter when "),
    row(r"\bwhen (?:a |the )?customer (?:purchases|buys|orders)\b", "when purchase"),
    row(r"^(?:stop|end|leave|cancel|finish|quit|abort) (?:when|on|if) ", "exit when "),
    row(r"^exit (?:on|upon|after) ", "exit when "),
    row(r"^exit if (?=[a-z]\w*(?: or \w+)*$)", "exit when "),
    row(r"^((?:exit|enter|go to \w+) when .*?)(?:,| and) (?=[a-z])", r"\1 or "),
    row(r"^only when ", "only if "),
    row(r"^when (?=.*:$)", "if "),
    row(r"^(?:re-?entry|reenter|re-?enter):? ", "re-enter "),
    row(r"^(goal|about|holdout|priority|exit when|enter when|send email|wait):? (?=\S)", r"\1 "),
    row(r"^(goal .*?),? (?:within|in|inside|after|for|in last)? ?(?=\d+ \w+$)", r"\1 within "),
    row(r"^(goal (?!.*within).*[a-z\"\d)])$", r"\1 within 5 days"),
    row(r"^description ", "about "),
    row(r'^about ([^"]+)$', r'about "\1"'),
    row(r"^(?:stop|end|return|break|quit|finish|done|terminate|abort|leave|(?:exit|end|stop) flow)$", "exit"),
    row(r"^(?:continue|pass|noop|skip|next|nothing|do nothing)$", "go on"),
    row(r"^(?:goto|jump to|jump|go) (?!(?:to|on|end|exit|the)\b)(?=[a-z])", "go to "),
    row(r"^send (?:an? )?(?:mail|e-mail|message|msg|newsletter) ", "send email "),
    row(r"^send (?:an? )?text ", "send sms "),
    row(r"^send ([a-z]\w*) (?:by|via|through|as|per) (email|sms|push|whatsapp)", r"send \2 \1"),
    row(r'^(send (?:email|sms|push|whatsapp)) "([a-z]\w*)"', r"\1 \2"),
    row(r"^send (?!(?:coupon|email|sms|push|whatsapp)\b)([a-z]\w*)(?= as |$)", r"send email \1"),
    row(r"^(?:e-?mail|mail) ([a-z]\w*)$", r"send email \1"),
    row(r"^(sms|push|whatsapp) ([a-z]\w*)$", r"send \1 \2"),
    row(rf"^(?:set |update |change |let )?({_OWNED}) ?(?::=|==?|:| to| as| be| with)? ?({VALUE})$", r"set \1 to \2"),
    row(rf"^(?:set )?({PATH}) ?([+-])= ?(\d\S*)", r"set \1 to \1 \2 \3"),
    row(rf"^(?:increase|increment) ({PATH})(?: by)? (\d\S*)", r"set \1 to \1 + \2"),
    row(rf"^(?:decrease|decrement) ({PATH})(?: by)? (\d\S*)", r"set \1 to \1 - \2"),
    row(rf"^(?:increase|increment) ({PATH})$", r"set \1 to \1 + 1"),
    row(rf"^set ({PATH}) (?:to|=) (?:null|none|nil|empty)$", r"clear \1"),
    row(rf"^(?:unset|delete|reset|remove) ({PATH})$", r"clear \1"),
    row(r'([(,]\s*)"(\w+)"(?= ?[:=])', r"\1\2"),
    row(r"([(,]\s*\w+) ?(?:=>?|:=) ?", r"\1: "),
    row(r"([(,]\s*[a-z]\w*) (?=[\d\"-])", r"\1: "),
    row(r"^(track|call) (\w+) ?\{(.*)\}$", r"\1 \2 (\3)"),
    row(rf"^(track|call|given customer) ?(\w*) (?:with )?([a-z]\w*)(?::| =|)? ({VALUE})$", lambda m: " ".join(one for one in (m[1], m[2], f"({m[3]}: {m[4]})") if one)),
    row(r'^(?:give (?:coupon )?|(?:send|create) coupon )"?([a-z]\w*)"?$', r"give coupon \1"),
    row(r"^(?:loop|for|do) (?=\d)", "repeat "),
    row(r"^(repeat \d+)(?=:)", lambda m: f"{m[1]} {'time' if m[1].endswith(' 1') else 'times'}"),
    row(r"^(?:elif|elseif|elsif|else, if)\b", "else if"),
    row(r"^run (?=\d)", "run for "),
    row(r"^(expect .*?) e?-?mail ", r"\1 email "),
    row(r"\s*\\+$", ""),
    row(r"[;,.]$", ""),
    row(r"^(?:exit|end|stop|leave|quit) (?:now|here|run|the flow|this flow|the run|of flow|of the flow)$", "exit"),
    row(r"^(?:goto|go to|jump to) (?:the )?(?:end|exit|finish)$", "exit"),
    row(r"^unsubscribe(?: customer)?$", "unsubscribe customer from email"),
    row(r"^subscribe(?: customer)?(?: to)? ([a-z]\w*)$", r"subscribe customer to \1"),
    row(r"^unsubscribe(?: customer)?(?: from)? ([a-z]\w*)$", r"unsubscribe customer from \1"),
    row(rf"^(?:set )?({_OWNED}) ?\+\+$", r"set \1 to \1 + 1"),
    row(r"^call webhook ", "call "),
    row(r"^(call|track) (\w+) with (?=\()", r"\1 \2 "),
    row(r"^webhook (?=\w+ ?(?:\(|$))", "call "),
    row(r"^(?:track|record|fire|emit|log|raise|trigger) (?:event )?(?!flow)(?=[a-z]\w*(?: ?\(.*\))?$)", "track "),
    row(r'^track "([A-Za-z ]+)"', lambda m: f"track {m[1].strip().lower().replace(' ', '_')}"),
    row(r"^(?:run|launch|trigger|start|begin) (?:flow )?(?!flow)\"?([a-z]\w*)\"?$", r"start flow \1"),
    row(r"^(give coupon \w+) to .*$", r"\1"),
    row(r"^send (email|sms|push|whatsapp)(?: and | or |, ?|/| then )(email|sms|push|whatsapp)\b", r"send \1 else \2"),
    row(r"^send (?:the|an?|our) ", "send "),
    row(r"^(show) (?:pop-up|modal|overlay|lightbox) ", r"\1 popup "),
    row(r"^(?:alert|inform|tell|email|mail) (?!customer)(\w+) with ", r"notify \1 with "),
    row(r"^(?:default|otherwise)(?=:)", "else"),
    row(r'^(?:when |is )?(?="[^"]*"(?:, "[^"]*")*:$)', "case "),
    row(r"^(?:case |when )([a-zA-Z]\w*)(?=:)", r'case "\1"'),
    row(r"^half\b", "50%"),
    row(r"^(\d+%) ([a-z]\w*):$", r"\1 as \2:"),
    row(r"^([a-z]\w*) (\d+%):$", r"\2 as \1:"),
    row(r"^(\d+) as ", r"\1% as "),
    row(r"^switch (?:on|by|over) ", "switch "),
    row(r"^(?:ab|a/b|split)(?: |-)?test (?=[a-z\"])", "experiment "),
    row(r"^split (?=[a-z\"])", "experiment "),
    row(r'^experiment "([A-Za-z ]+)"', lambda m: f"experiment {m[1].strip().lower().replace(' ', '_')}"),
)  # fmt: skip
