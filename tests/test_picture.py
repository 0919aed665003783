"""The architecture page shows the house as it stands."""

from tests import picture


def test_the_picture_of_the_rooms_is_as_they_stand() -> None:
    """Whoever reads the architecture page sees the house as it is; `make picture` draws it anew."""
    assert picture.PAGE.read_text("utf-8") == picture.page()
