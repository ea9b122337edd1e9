"""Studies, cases, an annotation and a download through the generated client (docs/examples/client.md)."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from cotrast_client import AuthenticatedClient
from cotrast_client.api.cases import annotation_submit, case_choose
from cotrast_client.api.studies import case_next, studies_annotation_lines, studies_cases_list, studies_list
from cotrast_client.models import (
    Annotation,
    BlindChoice,
    BlindChoiceChoiceEnum,
    Case,
    CaseSheet,
    LabelEnum,
    NewAnnotation,
    PaginatedCaseList,
    PaginatedStudyList,
    Problem,
)

Answer = TypeVar("Answer")


class RefusedError(Exception):
    """A refusal of the server, with its sentence."""


def client() -> AuthenticatedClient:
    """Return a client of the server and the token of the environment; an unknown status raises."""
    url, token = os.environ["COTRAST_URL"], os.environ["COTRAST_TOKEN"]
    return AuthenticatedClient(base_url=url, token=token, prefix="Token", raise_on_unexpected_status=True)


def study_slugs(server: AuthenticatedClient) -> list[str]:
    """Return the short names of the first 50 studies that are yours."""
    page = studies_list.sync(client=server)
    return [study.slug for study in _answer(page, PaginatedStudyList).results]


def cases_of(server: AuthenticatedClient, slug: str) -> Iterator[Case]:
    """Yield every case of a study that you lead, page by page."""
    after = 0
    while True:
        page = _answer(studies_cases_list.sync(slug, client=server, after=after, limit=200), PaginatedCaseList)
        yield from page.results
        if page.next_ is None:
            return
        after = page.results[-1].id


def annotate_next(server: AuthenticatedClient, slug: str, label: LabelEnum) -> int | None:
    """Label your next case of a study, choosing the left answer blind; return its id, None where none waits."""
    sheet = case_next.sync(slug, client=server)
    if sheet is None:
        return None
    case = _answer(sheet, CaseSheet).id
    chosen = case_choose.sync(case, client=server, body=BlindChoice(choice=BlindChoiceChoiceEnum.LEFT))
    _answer(chosen, CaseSheet)
    new = NewAnnotation(base_revision=0, label=label)
    return _answer(annotation_submit.sync(case, client=server, body=new), Annotation).case


def download(server: AuthenticatedClient, slug: str, file: Path) -> int:
    """Write the annotations of a study that you lead as JSON lines; return how many there are."""
    lines = _answer(studies_annotation_lines.sync(slug, client=server), str)
    file.write_text(lines, encoding="utf-8")
    return lines.count("\n")


def _answer(answer: Answer | Problem | None, kind: type[Answer]) -> Answer:
    """Return an answer of this kind; raise the server's refusal."""
    if isinstance(answer, kind):
        return answer
    raise RefusedError(answer.detail if isinstance(answer, Problem) else "The server sent nothing.")


def _write(*lines: object) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def main(command: str, *arguments: str) -> None:
    """Run `studies`, `cases SLUG`, `annotate SLUG LABEL` or `download SLUG FILE`."""
    server = client()
    if command == "studies":
        _write(*study_slugs(server))
    elif command == "cases":
        for case in cases_of(server, arguments[0]):
            _write(f"{case.id} {case.key} {case.outcome.value} {case.gold or '-'}")
    elif command == "annotate":
        _write(annotate_next(server, arguments[0], LabelEnum(arguments[1])))
    elif command == "download":
        _write(download(server, arguments[0], Path(arguments[1])))


if __name__ == "__main__":
    main(*sys.argv[1:])
