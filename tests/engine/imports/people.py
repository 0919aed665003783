"""Files of made-up customers, some of whose rows are wrong in known ways."""

from __future__ import annotations

from pathlib import Path

NOW = 1_767_603_600_000  # 2026-01-05 10:00 in Berlin
HEADING = (
    "id,email,first_name,city,birthday,created_at,consent_email,consent_email_at,"
    "consent_email_source,tags"
)


def write_people(path: Path, count: int, bad: int) -> dict[int, str]:
    """A file of `count` rows, `bad` of them wrong; their lines, with what each reason names."""
    every = count // bad
    wrong: dict[int, str] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADING + "\n")
        for number in range(count):
            cells = [
                f"c{number}",
                f"p{number}@example.com",
                "Anna",
                "Köln",
                f"19{50 + number % 50}-03-{1 + number % 28:02}",
                "2024-05-01 10:00",
                "no" if number % 3 == 0 else "yes",
                "2025-01-01T10:00:00Z",
                '"double opt-in, shop"',
                '"vip, new"',
            ]
            if number % every == every // 2 and len(wrong) < bad:
                kind = len(wrong) % 4
                place, text, reason = (
                    (1, "two@at@example.com", "email"),
                    (0, "c" * 300, "id"),
                    (6, "perhaps", "consent_email"),
                    (9, "vip,new", "11 cells"),
                )[kind]
                cells[place] = text
                wrong[number + 2] = reason
            file.write(",".join(cells) + "\n")
    return wrong
