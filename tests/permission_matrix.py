"""Role x route x method: the expected outcome of every request to web and API. A new route needs a row.

The roles are a stranger without a login; mallory, who has an account and no membership; an annotator, an adjudicator
and a lead of the study; a lead of another study; staff, who lead the site; and a curator of the study.
"""

from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

ROLES = ("stranger", "mallory", "annotator", "adjudicator", "elsewhere", "lead", "staff", "curator")

LOGIN = "is sent to the login page and brought back"
ASKED = "is asked in words to say who they are"
GONE = "does not exist"
EMPTY = "is an empty list"
IN = "is open"


def row(*outcomes: str, curator: str = GONE) -> Mapping[str, str]:
    """The outcome for each of ROLES; for a curator that it does not exist, unless it is named."""
    return dict(zip(ROLES, (*outcomes, curator), strict=True))


# fmt: off
#                        stranger mallory annotator adjudicator elsewhere lead staff
PUBLIC = row(             IN,     IN,     IN,     IN,     IN,     IN,    IN, curator=IN)
SIGNED_IN = row(          LOGIN,  IN,     IN,     IN,     IN,     IN,    IN, curator=IN)
MEMBERS = row(            LOGIN,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
ADJUDICATORS = row(       LOGIN,  GONE,   GONE,   IN,     GONE,   IN,    IN)
LEADS = row(              LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    IN)
SITE_LEADS = row(         LOGIN,  GONE,   GONE,   GONE,   GONE,   GONE,  IN)
ANY_LEAD = row(           LOGIN,  GONE,   GONE,   GONE,   IN,     IN,    IN)
SITE_LEADS = row(         LOGIN,  GONE,   GONE,   GONE,   GONE,   GONE,  IN)
SCRAPERS = row(           GONE,   GONE,   GONE,   GONE,   GONE,   GONE,  IN)
ADJUDICATORS_SCRIPT = row( ASKED, GONE,  GONE,   IN,     GONE,   IN,    IN)
OWN_CASE = row(           LOGIN,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
OWN_UPLOAD = row(         LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    GONE)
OWN_SCRIPT = row(         ASKED,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
MEMBERS_SCRIPT = row(     ASKED,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
CURATORS = row(           LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
CURATORS_SCRIPT = row(    ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
API_CURATORS = row(       ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
API_SIGNED_IN = row(      ASKED,  IN,     IN,     IN,     IN,     IN,    IN, curator=IN)
API_STUDIES = row(        ASKED,  EMPTY,  IN,     IN,     IN,     IN,    IN, curator=IN)
API_MEMBERS = row(        ASKED,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
API_OWN_LIST = row(       ASKED,  GONE,   IN,     EMPTY,  GONE,   EMPTY, EMPTY, curator=EMPTY)
API_SITE_LEADS = row(     ASKED,  GONE,   GONE,   GONE,   GONE,   GONE,  IN)
API_ADJUDICATORS = row(   ASKED,  GONE,   GONE,   IN,     GONE,   IN,    IN)
API_LEADS = row(          ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN)
API_LEADS_LIST = row(     ASKED,  GONE,   GONE,   GONE,   GONE,   EMPTY, EMPTY)  # no check and no skip is there
API_NO_SKIPS = row(       ASKED,  GONE,   EMPTY,  EMPTY,  GONE,   EMPTY, EMPTY, curator=EMPTY)
API_OWN_CASE = row(       ASKED,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
API_ANY_LEAD = row(       ASKED,  GONE,   GONE,   GONE,   IN,     IN,    IN)
API_ANY_LEADS_LIST = row( ASKED,  EMPTY,  EMPTY,  EMPTY,  IN,     IN,    IN, curator=EMPTY)
# fmt: on

WEB: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("GET", ""): SIGNED_IN,
    ("GET", "login/"): PUBLIC,
    ("POST", "login/"): PUBLIC,
    ("POST", "logout/"): PUBLIC,
    ("GET", "account/"): SIGNED_IN,
    ("POST", "account/password/"): SIGNED_IN,
    ("POST", "account/tokens/"): SIGNED_IN,
    ("POST", "account/tokens/<uuid:token>/revoke/"): OWN_CASE,  # alice's token
    ("POST", "account/logout/"): SIGNED_IN,
    ("GET", "people/"): SITE_LEADS,
    ("GET", "people/<int:user_id>/"): SITE_LEADS,
    ("POST", "people/<int:user_id>/close/"): SITE_LEADS,
    ("POST", "people/<int:user_id>/open/"): SITE_LEADS,
    ("POST", "people/<int:user_id>/tokens/<uuid:token>/revoke/"): SITE_LEADS,
    ("GET", "language/"): PUBLIC,  # leads on, and changes nothing
    ("POST", "language/"): PUBLIC,
    ("GET", "studies/new/"): ANY_LEAD,
    ("POST", "studies/new/"): ANY_LEAD,
    ("GET", "studies/<str:slug>/"): MEMBERS,
    ("POST", "studies/<str:slug>/close/"): LEADS,
    ("POST", "studies/<str:slug>/reopen/"): LEADS,
    ("POST", "studies/<str:slug>/archive/"): LEADS,
    ("POST", "studies/<str:slug>/restore/"): LEADS,
    ("GET", "studies/<str:slug>/delete/"): LEADS,
    ("POST", "studies/<str:slug>/delete/"): LEADS,
    ("POST", "studies/<str:slug>/add-prompts/"): LEADS,
    ("POST", "studies/<str:slug>/verdicts/"): LEADS,
    ("POST", "studies/<str:slug>/next/"): MEMBERS,
    ("POST", "studies/<str:slug>/prefetch/"): MEMBERS_SCRIPT,
    ("GET", "studies/<str:slug>/queue/"): MEMBERS,
    ("GET", "studies/<str:slug>/mine/"): MEMBERS,
    ("GET", "studies/<str:slug>/adjudicate/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/adjudicate/next/"): ADJUDICATORS,
    ("GET", "studies/<str:slug>/adjudicate/<int:case_id>/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/adjudicate/<int:case_id>/decide/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/adjudicate/<int:case_id>/draft/"): ADJUDICATORS_SCRIPT,
    ("POST", "studies/<str:slug>/adjudicate/<int:case_id>/renew/"): ADJUDICATORS_SCRIPT,
    ("POST", "studies/<str:slug>/adjudicate/<int:case_id>/leave/"): ADJUDICATORS_SCRIPT,
    ("POST", "studies/<str:slug>/flags/<int:flag_id>/settle/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/flags/<int:flag_id>/answer/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/adjudicate/<int:case_id>/rework/"): ADJUDICATORS,
    ("POST", "studies/<str:slug>/reworks/<int:rework_id>/withdraw/"): ADJUDICATORS,
    ("GET", "studies/<str:slug>/skips/"): LEADS,
    ("GET", "studies/<str:slug>/snapshots/"): LEADS,
    ("GET", "studies/<str:slug>/snapshots/progress/"): LEADS,
    ("POST", "studies/<str:slug>/snapshots/new/"): LEADS,
    ("GET", "studies/<str:slug>/snapshots/<int:number>/<str:file>"): LEADS,
    ("POST", "studies/<str:slug>/cases/<int:case_id>/hand-out/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/history/"): ADJUDICATORS,
    ("GET", "studies/<str:slug>/agreement/"): LEADS,
    ("GET", "studies/<str:slug>/agreement/numbers/"): LEADS,
    ("GET", "studies/<str:slug>/agreement/kinds/"): LEADS,
    ("GET", "studies/<str:slug>/agreement/pairs/"): LEADS,
    ("GET", "studies/<str:slug>/results/"): LEADS,
    ("GET", "studies/<str:slug>/results/numbers/"): LEADS,
    ("GET", "studies/<str:slug>/results/report.<str:form>"): LEADS,
    ("GET", "studies/<str:slug>/results/tables/<str:table>.csv"): LEADS,
    ("GET", "studies/<str:slug>/results/charts/<str:chart>.<str:form>"): LEADS,
    ("GET", "studies/<str:slug>/attention/"): LEADS,
    ("GET", "studies/<str:slug>/attention/numbers/"): LEADS,
    ("POST", "studies/<str:slug>/attention/trace/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/attention/"): LEADS,
    ("GET", "studies/<str:slug>/dashboard/"): LEADS,
    ("GET", "studies/<str:slug>/dashboard/numbers/"): LEADS,
    ("GET", "studies/<str:slug>/cases/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/practice/"): LEADS,
    ("POST", "studies/<str:slug>/cases/<int:case_id>/practice/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/check/"): LEADS,
    ("POST", "studies/<str:slug>/cases/<int:case_id>/check/"): LEADS,
    ("GET", "studies/<str:slug>/prompt-sets/"): CURATORS,
    ("POST", "studies/<str:slug>/prompt-sets/new/"): CURATORS,
    ("GET", "studies/<str:slug>/prompt-sets/compare/"): CURATORS,
    ("GET", "studies/<str:slug>/prompt-sets/compare/numbers/"): CURATORS,
    ("GET", "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/"): CURATORS,
    ("POST", "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/members/"): CURATORS,
    ("POST", "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/settings/"): CURATORS,
    ("POST", "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/copy/"): CURATORS,
    ("POST", "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/start/"): LEADS,
    ("GET", "studies/<str:slug>/codebook/"): LEADS,
    ("POST", "studies/<str:slug>/codebook/"): LEADS,
    ("POST", "studies/<str:slug>/members/"): LEADS,
    ("GET", "studies/<str:slug>/members/<int:member_id>/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/role/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/deactivate/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/reactivate/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/tokens/<uuid:token>/revoke/"): LEADS,
    ("POST", "studies/<str:slug>/cases/<int:case_id>/repair/"): CURATORS,
    ("GET", "studies/<str:slug>/repairs/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/send/"): CURATORS,
    ("GET", "studies/<str:slug>/repairs/<int:candidate_id>/"): CURATORS,
    ("GET", "studies/<str:slug>/repairs/<int:candidate_id>/attempts/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/check/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/draft/"): CURATORS_SCRIPT,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/edit/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/mechanical/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/request/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/keep/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/approve/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/reject/"): CURATORS,
    ("POST", "studies/<str:slug>/repairs/<int:candidate_id>/reopen/"): CURATORS,
    ("GET", "studies/<str:slug>/exemplars/"): CURATORS,
    ("POST", "studies/<str:slug>/exemplars/<int:exemplar_id>/withdraw/"): CURATORS,
    ("GET", "cases/<int:case_id>/"): OWN_CASE,
    ("GET", "cases/<int:case_id>/diff/"): OWN_CASE,
    ("GET", "cases/<int:case_id>/markdown/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/choose/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/submit/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/skip/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/flag/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/unskip/"): OWN_CASE,
    ("GET", "cases/<int:case_id>/previous/"): OWN_CASE,
    ("GET", "cases/<int:case_id>/following/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/flag/reply/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/flag/read/"): OWN_CASE,
    ("POST", "cases/<int:case_id>/draft/"): OWN_SCRIPT,
    ("POST", "cases/<int:case_id>/renew/"): OWN_SCRIPT,
    ("GET", "runs/"): ANY_LEAD,
    ("GET", "runs/new/"): ANY_LEAD,
    ("POST", "runs/new/"): ANY_LEAD,
    ("GET", "runs/import/"): ANY_LEAD,
    ("POST", "runs/import/"): ANY_LEAD,
    ("GET", "runs/import/<str:upload>/"): OWN_UPLOAD,
    ("POST", "runs/import/<str:upload>/"): OWN_UPLOAD,
    ("GET", "runs/<int:pk>/"): LEADS,
    ("GET", "runs/<int:pk>/progress/"): LEADS,
    ("GET", "runs/<int:pk>/results/"): LEADS,
    ("POST", "runs/<int:pk>/pause/"): LEADS,
    ("POST", "runs/<int:pk>/cancel/"): LEADS,
    ("POST", "runs/<int:pk>/resume/"): LEADS,
    ("POST", "runs/<int:pk>/archive/"): LEADS,
    ("POST", "runs/<int:pk>/restore/"): LEADS,
    ("GET", "runs/<int:pk>/delete/"): LEADS,
    ("POST", "runs/<int:pk>/delete/"): LEADS,
    ("GET", "runs/<int:pk>/prompts/<int:position>/"): LEADS,
    ("GET", "workers/"): SITE_LEADS,
    ("GET", "workers/fleet/"): SITE_LEADS,
    ("GET", "metrics"): SCRAPERS,
    ("GET", "routers/"): ANY_LEAD,
    ("GET", "routers/<str:name>/v<int:version>/"): ANY_LEAD,
    ("GET", "models/"): ANY_LEAD,
    ("POST", "models/add/"): ANY_LEAD,
    ("GET", "datasets/"): ANY_LEAD,
    ("GET", "datasets/<str:name>/<int:version>/"): ANY_LEAD,
    ("GET", "datasets/<str:name>/<int:version>/prompts/<int:position>/spans/"): ANY_LEAD,
    ("POST", "datasets/<str:name>/<int:version>/prompts/<int:position>/spans/"): ANY_LEAD,
    ("POST", "datasets/<str:name>/<int:version>/archive/"): ANY_LEAD,
    ("POST", "datasets/<str:name>/<int:version>/restore/"): ANY_LEAD,
    ("GET", "datasets/<str:name>/<int:version>/delete/"): SITE_LEADS,
    ("POST", "datasets/<str:name>/<int:version>/delete/"): SITE_LEADS,
}
API: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("POST", "api/v1/token/"): PUBLIC,
    ("GET", "api/v1/schema/"): PUBLIC,
    ("GET", "api/v1/docs/"): PUBLIC,
    ("GET", "api/v1/datasets/"): API_ANY_LEADS_LIST,
    ("GET", "api/v1/datasets/<str:name>/<int:version>/prompts/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/archive/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/restore/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/delete/"): API_SITE_LEADS,
    ("GET", "api/v1/language-models/"): API_ANY_LEADS_LIST,
    ("GET", "api/v1/runs/"): API_ANY_LEADS_LIST,
    ("GET", "api/v1/runs/<int:run_id>/generations/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/archive/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/restore/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/delete/"): API_LEADS,
    ("GET", "api/v1/studies/"): API_STUDIES,
    ("POST", "api/v1/studies/<str:slug>/archive/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/restore/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/delete/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/add-prompts/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/close/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/reopen/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/cases/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/progress/"): API_MEMBERS,
    ("GET", "api/v1/studies/<str:slug>/annotations/"): API_OWN_LIST,
    ("GET", "api/v1/studies/<str:slug>/annotations.jsonl"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/annotations.csv"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/undecided/"): API_ADJUDICATORS,
    ("GET", "api/v1/studies/<str:slug>/cases/<int:case_id>/adjudication/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/adjudication/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/rework/"): API_ADJUDICATORS,
    ("GET", "api/v1/studies/<str:slug>/reworks/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/reworks/<int:rework_id>/withdraw/"): API_ADJUDICATORS,
    ("GET", "api/v1/studies/<str:slug>/flags/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/flags/<int:flag_id>/answer/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/flags/<int:flag_id>/settle/"): API_ADJUDICATORS,
    ("GET", "api/v1/studies/<str:slug>/members/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/members/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/members/<int:member_id>/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/deactivate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/reactivate/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/checks/"): API_LEADS_LIST,
    ("GET", "api/v1/studies/<str:slug>/check-rate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/check-rate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/check/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/check/end/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/queue/"): API_MEMBERS,
    ("GET", "api/v1/studies/<str:slug>/own-skips/"): API_NO_SKIPS,
    ("POST", "api/v1/cases/<int:case_id>/unskip/"): API_OWN_CASE,
    ("GET", "api/v1/studies/<str:slug>/skips/"): API_LEADS_LIST,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/hand-out/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/proposals/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/reject/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/reopen/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/repairs/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/repairs/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/mechanical/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/requests/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/requests/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/repairs/<int:repair_id>/approve/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/exemplars/"): API_CURATORS,
    ("POST", "api/v1/exemplars/<int:exemplar_id>/withdraw/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/prompt-sets/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/prompt-sets/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/runs/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/export/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/pairs.jsonl"): API_CURATORS,
    ("GET", "api/v1/routers/"): API_SIGNED_IN,
    ("POST", "api/v1/route"): API_SIGNED_IN,
    ("POST", "api/v1/route/"): API_SIGNED_IN,
    ("POST", "api/v1/verify"): API_SIGNED_IN,
    ("POST", "api/v1/verify/"): API_SIGNED_IN,
}
PERMISSIONS = {**WEB, **API}


def routes() -> Iterator[str]:
    """Every route of the site, as its pattern is written."""
    return _routes_below("", get_resolver().url_patterns)


def _routes_below(prefix: str, patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes_below(prefix + str(pattern.pattern), pattern.url_patterns)
        else:
            yield prefix + str(pattern.pattern)
