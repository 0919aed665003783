"""Publishing from the page: what is shown before, what is done, and what is committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.app import Front
from editor.documents import Documents
from engine.service.service import Service
from tests.editor.pages import csrf
from tests.editor.publishing.shop import (
    ADA,
    BEN,
    VERA,
    edit,
    form,
    git,
    publish,
    signed_in,
    words,
)

Enter = Callable[[int], None]
LATER = ("wait 1 hour", "wait 2 hours")


def test_the_page_says_what_would_change_and_for_whom(
    client: TestClient, files: Documents, enter: Enter
) -> None:
    """The plan by step with the people there, the tests, and who saved the file; nothing is
    published by looking.
    """
    enter(2)
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    edit(files, "expect email hello_mail after 1 hour", "expect email hello_mail after 2 hours")
    files.save(ADA, "hello.flow")
    said = words(client.get("/flows/hello/publish").text)
    assert "1 flow changes, 2 people are inside." in said
    assert "version 1 becomes 2" in said
    assert "Wait 2 hours before: Wait 1 hour" in said
    assert "They stay, now at “Wait 2 hours”, timed from when each of them came to it" in said
    assert "2 go on later" in said
    assert "hello.flow: saved by you, 05 Jan, 09:00" in said
    assert "The test passes" in said
    assert "1 flow stays as it is." in said
    assert "All that is saved is published." not in said
    assert [one["version"] for one in client.get("/api/flows/hello").json()["versions"]] == [1]


def test_steps_are_called_in_the_readers_language(
    client: TestClient, files: Documents, enter: Enter
) -> None:
    """In German the plan and what was done name each step as the German drawing does."""
    token = csrf(client.get("/flows").text)
    client.post("/language", data={"csrf": token, "language": "de"})
    enter(1)
    edit(files, "  wait 1 hour\n", '  wait 2 hours\n  add tag "seen"\n')
    files.save(ADA, "hello.flow")
    said = words(client.get("/flows/hello/publish").text)
    assert "neu: Merkmal seen setzen" in said
    assert "2 Stunden warten vorher: 1 Stunde warten" in said
    assert "„2 Stunden warten“" in said
    done = words(publish(client))
    assert "„1 Stunde warten“" in done
    assert "„2 Stunden warten“" in done


def test_what_has_no_provider_is_said_before(
    client: TestClient, files: Documents, folder: Path
) -> None:
    """Whoever publishes reads which message goes by another channel only, or not at all."""
    (folder / "messages" / "hello_mail.sms.liquid").write_text("Hi\n")
    edit(files, "send email hello_mail", "send sms else email hello_mail")
    files.save(ADA, "hello.flow")
    said = words(client.get("/flows/hello/publish").text)
    assert "The message hello_mail goes by E-mail only: there is no provider for SMS." in said
    edit(files, "send sms else email hello_mail", "send sms hello_mail")
    edit(files, "  expect email hello_mail after 1 hour", "  expect sms hello_mail after 1 hour")
    files.save(ADA, "hello.flow")
    said = words(client.get("/flows/hello/publish").text)
    assert "The message hello_mail is not sent: there is no provider for SMS." in said


def test_the_draft_is_saved_first(client: TestClient, files: Documents, folder: Path) -> None:
    """Looking saves nothing and says that there is something to save; the button does it."""
    edit(files, *LATER)
    looked = client.get("/flows/hello/publish").text
    assert "You have changes of “Say hello” that are not saved." in words(looked)
    assert 'data-do="publish"' not in looked
    assert "wait 1 hour" in (folder / "hello.flow").read_text()
    saved = client.post("/flows/hello/publish/save", data={"csrf": csrf(looked)})
    assert saved.headers["location"] == "/flows/hello/publish"
    assert "wait 2 hours" in (folder / "hello.flow").read_text()
    assert "version 1 becomes 2" in words(client.get("/flows/hello/publish").text)


def test_publishing_commits_what_was_published_alone(
    client: TestClient, files: Documents, folder: Path, service: Service, enter: Enter
) -> None:
    """The commit has the user as author and the published files; what others have staged, changed
    or put there stays as it was, and no hook runs.
    """
    enter(1)
    top = folder.parent
    hook = top / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (top / "notes.txt").write_text("two\n")
    (top / "staged.txt").write_text("staged\n")
    git(top, "add", "staged.txt")
    (top / "untracked.txt").write_text("untracked\n")
    (folder / "new.flow").write_text(
        'flow fresh "Fresh":\n  enter when view_item\n\n  wait 1 day\n'
    )
    edit(files, *LATER)
    client.post("/flows/hello/publish/save", data={"csrf": csrf(client.get("/flows").text)})
    done = words(publish(client))
    assert "Published" in done
    assert "Say hello version 2 is live" in done
    assert "Fresh version 1 is live" in done
    assert "1 stayed at “Wait 1 hour”, which is now “Wait 2 hours”" in done
    assert f"Committed as {git(top, 'rev-parse', '--short=10', 'HEAD')}" in done
    assert git(top, "show", "--format=%an <%ae>", "--name-only", "HEAD").split("\n\n") == [
        "ada <ada@example.com>",
        "flows/hello.flow\nflows/new.flow",
    ]
    assert git(top, "status", "--porcelain").splitlines() == [
        " M notes.txt",
        "A  staged.txt",
        "?? untracked.txt",
    ]
    assert "Publish 2 flows" in git(top, "log", "-1", "--format=%s")
    with service.database.reader() as reader:
        assert reader.row("select who from audit where act = 'publish' order by id desc") == (ADA,)


def test_in_the_middle_of_a_merge_there_is_no_commit(
    client: TestClient, files: Documents, folder: Path
) -> None:
    """It is published all the same, and says why nothing was committed."""
    git(folder, "checkout", "-q", "-b", "side")
    (folder.parent / "notes.txt").write_text("side\n")
    git(folder, "commit", "-q", "-am", "side")
    git(folder, "checkout", "-q", "main")
    (folder.parent / "notes.txt").write_text("main\n")
    git(folder, "commit", "-q", "-am", "main")
    git(folder, "merge", "side")
    before = git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain")
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    done = words(publish(client))
    assert "version 2 is live" in done
    assert "It is published. The repository is in the middle of a merge" in done
    assert git(folder, "rev-parse", "HEAD") == before[0]
    status = git(folder, "status", "--porcelain")
    assert status.splitlines() == [" M flows/hello.flow", *before[1].splitlines()]


def test_without_a_repository_nobody_speaks_of_one(
    client: TestClient, files: Documents, folder: Path
) -> None:
    """Where the flows lie in no repository, publishing is publishing."""
    (folder.parent / ".git").rename(folder.parent / "gone")
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    done = words(publish(client))
    assert "version 2 is live" in done
    assert "ommit" not in done


def test_what_has_changed_since_is_shown_anew(
    client: TestClient, files: Documents, service: Service
) -> None:
    """Whoever looked at another plan publishes nothing, and sees the new one."""
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    told = form(client.get("/flows/hello/publish").text)
    edit(files, "wait 2 hours", "wait 3 hours", file="bye.flow", who=BEN)
    files.save(BEN, "bye.flow")
    answer = client.post("/flows/hello/publish", data=told)
    assert answer.status_code == 409
    said = words(answer.text)
    assert "Nothing was published: things have changed since you looked." in said
    assert "Good bye" in said
    assert "bye.flow: saved by ben@example.com" in said
    assert service.deployment.programs["hello"].version == 1
    assert client.post("/flows/hello/publish", data=form(answer.text)).status_code == 303
    assert service.deployment.programs["bye"].version == 2


def test_what_others_saved_is_listed(client: TestClient, files: Documents, folder: Path) -> None:
    """Each file that differs says who saved it, or that it was changed elsewhere."""
    edit(files, "wait 2 hours", "wait 3 hours", file="bye.flow", who=BEN)
    files.save(BEN, "bye.flow")
    path = folder / "messages" / "hello_mail.email.mjml"
    path.write_text(path.read_text().replace("Hi", "Hello"))
    said = words(client.get("/publish").text)
    assert "2 files differ" in said
    assert "Good bye bye.flow: saved by ben@example.com, 05 Jan, 09:00" in said
    assert "hello_mail.email.mjml changed outside of these pages" in said
    assert "hello.flow: as it was published; something that it uses has changed" in said


def test_many_people_are_confirmed(
    client: TestClient, files: Documents, service: Service, enter: Enter
) -> None:
    """Above the setting the number is asked for once more, by the page and by the server."""
    enter(3)
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    looked = client.get("/flows/hello/publish").text
    assert "Yes, this is about 3 people." in words(looked)
    answer = client.post("/flows/hello/publish", data=form(looked))
    assert answer.status_code == 409
    assert "Confirm how many people this is about." in words(answer.text)
    few = client.post("/flows/hello/publish", data=form(looked) | {"people": "2"})
    assert few.status_code == 409
    assert service.deployment.programs["hello"].version == 1
    assert "3 stayed at" in words(publish(client, people="3"))


def test_people_may_finish_the_old_version(
    client: TestClient, files: Documents, service: Service, enter: Enter
) -> None:
    """Whoever is inside stays in the version that they are in, where that is chosen."""
    enter(1)
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    said = words(client.get("/flows/hello/publish?in_flight=finish").text)
    assert "They finish version 1." in said
    done = words(publish(client, "/flows/hello/publish?in_flight=finish"))
    assert "1 person finishes the old version." in done
    versions = client.get("/api/flows/hello").json()["versions"]
    assert [(one["version"], one["inside"]) for one in versions] == [(2, 0), (1, 1)]


def test_errors_stop_it(client: TestClient, files: Documents, service: Service) -> None:
    """With an error there is no button, and a form from before publishes nothing."""
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    told = form(client.get("/flows/hello/publish").text)
    edit(files, "wait 2 hours\n  send", "wobble\n  send")
    files.save(ADA, "hello.flow")
    looked = client.get("/flows/hello/publish").text
    assert "1 error stands in the way" in words(looked)
    assert 'data-do="publish"' not in looked
    assert client.post("/flows/hello/publish", data=told).status_code == 409
    assert service.deployment.programs["hello"].version == 1


def test_a_failing_test_is_told_and_keeps_nobody(client: TestClient, files: Documents) -> None:
    """What fails is named beside the button, with the reason."""
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    looked = client.get("/flows/hello/publish").text
    assert "1 of 1 tests fail" in words(looked)
    assert 'data-test="an hour later" data-outcome="failed"' in looked
    assert "version 2 is live" in words(publish(client))


def test_a_conflict_is_settled_first(
    client: TestClient, files: Documents, service: Service
) -> None:
    """Where two have changed one line, nothing is published, and the flow's page is linked."""
    edit(files, *LATER)
    edit(files, "wait 1 hour", "wait 5 hours", who=BEN)
    files.save(BEN, "hello.flow")
    plan = form(client.get("/publish").text)
    looked = client.get("/flows/hello/publish").text
    assert "cannot be saved, so nothing is published. Somebody else has saved" in words(looked)
    assert '<a href="/flows/hello">Back to the flow</a>' in looked
    assert client.post("/flows/hello/publish", data=plan).status_code == 409
    assert service.deployment.programs["hello"].version == 1


def test_with_nothing_to_publish_there_is_no_button(client: TestClient) -> None:
    """What is saved is published already, and the page says so."""
    looked = client.get("/publish").text
    assert "All that is saved is published." in words(looked)
    assert 'data-do="publish"' not in looked


def test_a_comment_is_published_and_changes_no_flow(
    client: TestClient, files: Documents, folder: Path
) -> None:
    """What differs in a note alone makes no version, and is committed."""
    edit(files, "  wait 1 hour\n", "  # patience\n  wait 1 hour\n")
    files.save(ADA, "hello.flow")
    assert "No flow does anything else" in words(client.get("/flows/hello/publish").text)
    assert "No flow does anything else" in words(publish(client))
    assert git(folder, "show", "--format=", "--name-only", "HEAD") == "flows/hello.flow"


@pytest.mark.parametrize("path", ["/publish", "/flows/hello/publish", "/flows/hello/publish/save"])
def test_a_viewer_publishes_nothing(
    front: Front, files: Documents, service: Service, path: str
) -> None:
    """Neither the page nor the call is theirs, and without a form's token it is nobody's."""
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    told = form(signed_in(front, ADA).get("/publish").text)
    viewer = signed_in(front, VERA)
    assert viewer.get("/publish").status_code == 403
    assert viewer.get("/flows/hello/publish").status_code == 403
    assert 'data-do="publish"' not in viewer.get("/flows/hello").text
    own = told | {"csrf": csrf(viewer.get("/flows").text)}
    assert viewer.post(path, data=own).status_code == 403
    marketer = signed_in(front, BEN)
    assert marketer.post(path, data=told | {"csrf": "made up"}).status_code == 403
    assert service.deployment.programs["hello"].version == 1


def test_no_such_flow(client: TestClient) -> None:
    """A flow that is not there is told by its name."""
    answer = client.get("/flows/nobody/publish")
    assert answer.status_code == 404
    assert "nobody" in answer.text
