"""A running shop with one flow, and a browser that signs in."""

from __future__ import annotations

from fastapi.testclient import TestClient

FLOWS = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@example.com>"

# It waits.
flow hello "Say <hello>":
  enter when purchase

  wait 1 hour    # patience
  if customer.country is "DE":
    send email hello_mail as greeting
  else:
    exit "elsewhere"
"""
MAIL = """---
subject: Hello
---
<mjml><mj-body><mj-section><mj-column>
<mj-text>Hi</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""
NOW = 1_767_600_000_000
PASSWORD = "a long enough one"


def csrf(html: str) -> str:
    return html.partition('name="csrf" value="')[2].partition('"')[0]


def sign_in(client: TestClient) -> None:
    token = csrf(client.get("/sign-in").text)
    answer = client.post(
        "/sign-in", data={"csrf": token, "email": "ada@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 303
