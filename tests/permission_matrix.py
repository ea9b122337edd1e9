"""Role x route x method: the expected outcome of every request to web and API. A new route needs a row.

The roles are a stranger without a login; mallory, who has an account and no membership; an annotator, an adjudicator
and a lead of the study; the owner of another study; staff, who lead the site; a curator and a reader of the study; and
its owner, who may do what a lead may unless the row says more.
"""

from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

ROLES = ("stranger", "mallory", "annotator", "adjudicator", "elsewhere", "lead", "staff", "curator", "reader", "owner")

LOGIN = "is sent to the login page and brought back"
ASKED = "is asked in words to say who they are"
GONE = "does not exist"
EMPTY = "is an empty list"
IN = "is open"


def row(*outcomes: str, curator: str = GONE, reader: str = GONE, owner: str = "") -> Mapping[str, str]:
    """The outcome for each of ROLES; for a curator and a reader that it does not exist, unless it is named."""
    return dict(zip(ROLES, (*outcomes, curator, reader, owner or outcomes[5]), strict=True))


# fmt: off
#                        stranger mallory annotator adjudicator elsewhere lead staff
PUBLIC = row(             IN,     IN,     IN,     IN,     IN,     IN,    IN, curator=IN, reader=IN)
SIGNED_IN = row(          LOGIN,  IN,     IN,     IN,     IN,     IN,    IN, curator=IN, reader=IN)
MEMBERS = row(            LOGIN,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN, reader=IN)
ANNOTATING = row(         LOGIN,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
HISTORY = row(            LOGIN,  GONE,   GONE,   IN,     GONE,   IN,    IN, reader=IN)
ADJUDICATORS = row(       LOGIN,  GONE,   GONE,   IN,     GONE,   IN,    IN)
LEADS = row(              LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    IN)
READERS = row(            LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    IN, reader=IN)
OWNERS = row(             LOGIN,  GONE,   GONE,   GONE,   GONE,   GONE,  IN, owner=IN)
SITE_LEADS = row(         LOGIN,  GONE,   GONE,   GONE,   GONE,   GONE,  IN)
ANY_LEAD = row(           LOGIN,  GONE,   GONE,   GONE,   IN,     IN,    IN)
SCRAPERS = row(           GONE,   GONE,   GONE,   GONE,   GONE,   GONE,  IN)
ADJUDICATORS_SCRIPT = row( ASKED, GONE,  GONE,   IN,     GONE,   IN,    IN)
OWN_CASE = row(           LOGIN,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
OWN_UPLOAD = row(         LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    GONE, owner=GONE)
OWN_SCRIPT = row(         ASKED,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
MEMBERS_SCRIPT = row(     ASKED,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
CURATORS = row(           LOGIN,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
CURATORS_SCRIPT = row(    ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
API_CURATORS = row(       ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN)
API_SIGNED_IN = row(      ASKED,  IN,     IN,     IN,     IN,     IN,    IN, curator=IN, reader=IN)
API_STUDIES = row(        ASKED,  EMPTY,  IN,     IN,     IN,     IN,    IN, curator=IN, reader=IN)
API_MEMBERS = row(        ASKED,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN, reader=IN)
API_ANNOTATING = row(     ASKED,  GONE,   IN,     IN,     GONE,   IN,    IN, curator=IN)
API_OWN_LIST = row(       ASKED,  GONE,   IN,     EMPTY,  GONE,   EMPTY, EMPTY, curator=EMPTY, reader=EMPTY)
API_SITE_LEADS = row(     ASKED,  GONE,   GONE,   GONE,   GONE,   GONE,  IN)
API_SITE_LEADS_EMPTY = row( ASKED, GONE, GONE,   GONE,   GONE,   GONE,  EMPTY)
API_ADJUDICATORS = row(   ASKED,  GONE,   GONE,   IN,     GONE,   IN,    IN)
API_LEADS = row(          ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN)
API_READERS = row(        ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, reader=IN)
API_OWNERS = row(         ASKED,  GONE,   GONE,   GONE,   GONE,   GONE,  IN, owner=IN)
API_PAIRS = row(          ASKED,  GONE,   GONE,   GONE,   GONE,   IN,    IN, curator=IN, reader=IN)
API_LEADS_LIST = row(     ASKED,  GONE,   GONE,   GONE,   GONE,   EMPTY, EMPTY)  # no check and no skip is there
API_NO_SKIPS = row(       ASKED,  GONE,   EMPTY,  EMPTY,  GONE,   EMPTY, EMPTY, curator=EMPTY, reader=EMPTY)
API_OWN_CASE = row(       ASKED,  GONE,   IN,     GONE,   GONE,   GONE,  GONE)
API_ANY_LEAD = row(       ASKED,  GONE,   GONE,   GONE,   IN,     IN,    IN)
API_TRAININGS = row(      ASKED,  EMPTY,  EMPTY,  EMPTY,  EMPTY,  IN,    IN, curator=EMPTY, reader=EMPTY)
API_ANY_LEADS_LIST = row( ASKED,  EMPTY,  EMPTY,  EMPTY,  IN,     IN,    IN, curator=EMPTY, reader=EMPTY)
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
    ("POST", "people/<int:user_id>/forget/"): SITE_LEADS,
    ("POST", "people/<int:user_id>/tokens/<uuid:token>/revoke/"): SITE_LEADS,
    ("GET", "events/"): SITE_LEADS,
    ("GET", "events.<str:form>"): SITE_LEADS,
    ("GET", "language/"): PUBLIC,  # leads on, and changes nothing
    ("POST", "language/"): PUBLIC,
    ("GET", "studies/new/"): ANY_LEAD,
    ("POST", "studies/new/"): ANY_LEAD,
    ("GET", "studies/<str:slug>/"): MEMBERS,
    ("POST", "studies/<str:slug>/close/"): LEADS,
    ("POST", "studies/<str:slug>/reopen/"): LEADS,
    ("POST", "studies/<str:slug>/archive/"): LEADS,
    ("POST", "studies/<str:slug>/restore/"): LEADS,
    ("GET", "studies/<str:slug>/delete/"): OWNERS,
    ("POST", "studies/<str:slug>/delete/"): OWNERS,
    ("POST", "studies/<str:slug>/add-prompts/"): LEADS,
    ("POST", "studies/<str:slug>/verdicts/"): LEADS,
    ("POST", "studies/<str:slug>/next/"): ANNOTATING,
    ("POST", "studies/<str:slug>/prefetch/"): MEMBERS_SCRIPT,
    ("GET", "studies/<str:slug>/queue/"): ANNOTATING,
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
    ("GET", "studies/<str:slug>/snapshots/"): READERS,
    ("GET", "studies/<str:slug>/snapshots/progress/"): READERS,
    ("POST", "studies/<str:slug>/snapshots/new/"): LEADS,
    ("GET", "studies/<str:slug>/snapshots/<int:number>.zip"): READERS,
    ("GET", "studies/<str:slug>/snapshots/<int:number>/<str:file>"): READERS,
    ("GET", "studies/<str:slug>/webhooks/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/new/"): LEADS,
    ("GET", "studies/<str:slug>/webhooks/<int:webhook_id>/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/test/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/disable/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/enable/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/secret/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/remove/"): LEADS,
    ("POST", "studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again/"): LEADS,
    ("POST", "studies/<str:slug>/cases/<int:case_id>/hand-out/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/history/"): HISTORY,
    ("GET", "studies/<str:slug>/agreement/"): READERS,
    ("GET", "studies/<str:slug>/agreement/numbers/"): READERS,
    ("GET", "studies/<str:slug>/agreement/kinds/"): READERS,
    ("GET", "studies/<str:slug>/agreement/pairs/"): READERS,
    ("GET", "studies/<str:slug>/results/"): READERS,
    ("GET", "studies/<str:slug>/results/numbers/"): READERS,
    ("GET", "studies/<str:slug>/results/report.<str:form>"): READERS,
    ("GET", "studies/<str:slug>/results/tables/<str:table>.csv"): READERS,
    ("GET", "studies/<str:slug>/results/charts/<str:chart>.<str:form>"): READERS,
    ("GET", "studies/<str:slug>/attention/"): READERS,
    ("GET", "studies/<str:slug>/attention/numbers/"): READERS,
    ("POST", "studies/<str:slug>/attention/trace/"): LEADS,
    ("GET", "studies/<str:slug>/cases/<int:case_id>/attention/"): READERS,
    ("GET", "studies/<str:slug>/dashboard/"): LEADS,
    ("GET", "studies/<str:slug>/dashboard/numbers/"): LEADS,
    ("GET", "studies/<str:slug>/cases/"): READERS,
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
    ("GET", "studies/<str:slug>/events/"): LEADS,
    ("GET", "studies/<str:slug>/events.<str:form>"): LEADS,
    ("GET", "studies/<str:slug>/codebook/"): LEADS,
    ("POST", "studies/<str:slug>/codebook/"): LEADS,
    ("POST", "studies/<str:slug>/members/"): LEADS,
    ("GET", "studies/<str:slug>/members/<int:member_id>/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/role/"): LEADS,
    ("POST", "studies/<str:slug>/members/<int:member_id>/own/"): OWNERS,
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
    ("POST", "runs/<int:pk>/budget/"): LEADS,
    ("POST", "runs/<int:pk>/archive/"): LEADS,
    ("POST", "runs/<int:pk>/restore/"): LEADS,
    ("GET", "runs/<int:pk>/delete/"): LEADS,
    ("POST", "runs/<int:pk>/delete/"): LEADS,
    ("GET", "runs/<int:pk>/prompts/<int:position>/"): LEADS,
    ("GET", "workers/"): SITE_LEADS,
    ("GET", "workers/fleet/"): SITE_LEADS,
    ("GET", "metrics"): SCRAPERS,
    ("GET", "routers/"): ANY_LEAD,
    ("POST", "routers/"): ANY_LEAD,
    ("GET", "routers/progress/"): ANY_LEAD,
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
    ("GET", "api/v1/tokens/"): API_SIGNED_IN,
    ("POST", "api/v1/tokens/<uuid:token>/revoke/"): API_OWN_CASE,
    ("POST", "api/v1/account/logout/"): API_SIGNED_IN,
    ("GET", "api/v1/people/"): API_SITE_LEADS,
    ("POST", "api/v1/people/<int:user_id>/close/"): API_SITE_LEADS,
    ("POST", "api/v1/people/<int:user_id>/open/"): API_SITE_LEADS,
    ("POST", "api/v1/people/<int:user_id>/tokens/<uuid:token>/revoke/"): API_SITE_LEADS,
    ("GET", "api/v1/schema/"): PUBLIC,
    ("GET", "api/v1/docs/"): PUBLIC,
    ("GET", "api/v1/datasets/"): API_ANY_LEADS_LIST,
    ("POST", "api/v1/datasets/import/"): API_ANY_LEAD,
    ("GET", "api/v1/datasets/<str:name>/<int:version>/"): API_ANY_LEAD,
    ("GET", "api/v1/datasets/<str:name>/<int:version>/prompts/"): API_ANY_LEAD,
    ("GET", "api/v1/datasets/<str:name>/<int:version>/prompts/<int:position>/"): API_ANY_LEAD,
    ("PUT", "api/v1/datasets/<str:name>/<int:version>/prompts/<int:position>/spans/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/archive/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/restore/"): API_ANY_LEAD,
    ("POST", "api/v1/datasets/<str:name>/<int:version>/delete/"): API_SITE_LEADS,
    ("POST", "api/v1/labels/import/"): API_ANY_LEAD,
    ("GET", "api/v1/language-models/"): API_ANY_LEADS_LIST,
    ("POST", "api/v1/language-models/"): API_ANY_LEAD,
    ("GET", "api/v1/backends/"): API_ANY_LEAD,
    ("GET", "api/v1/workers/"): API_SITE_LEADS_EMPTY,
    ("GET", "api/v1/codebooks/"): API_ANY_LEAD,
    ("GET", "api/v1/runs/"): API_ANY_LEADS_LIST,
    ("POST", "api/v1/runs/"): API_ANY_LEAD,
    ("POST", "api/v1/runs/import/"): API_ANY_LEAD,
    ("GET", "api/v1/runs/<int:run_id>/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/pause/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/resume/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/cancel/"): API_LEADS,
    ("GET", "api/v1/runs/<int:run_id>/generations/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/budget/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/archive/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/restore/"): API_LEADS,
    ("POST", "api/v1/runs/<int:run_id>/delete/"): API_LEADS,
    ("GET", "api/v1/studies/"): API_STUDIES,
    ("POST", "api/v1/studies/"): API_ANY_LEAD,
    ("GET", "api/v1/studies/<str:slug>/"): API_MEMBERS,
    ("PATCH", "api/v1/studies/<str:slug>/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/codebook/"): API_LEADS,
    ("PUT", "api/v1/studies/<str:slug>/codebook/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/next/"): API_ANNOTATING,
    ("GET", "api/v1/studies/<str:slug>/snapshots/"): API_READERS,
    ("POST", "api/v1/studies/<str:slug>/snapshots/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/snapshots/<int:number>/<str:file>"): API_READERS,
    ("GET", "api/v1/studies/<str:slug>/attention/traces/"): API_LEADS_LIST,
    ("POST", "api/v1/studies/<str:slug>/attention/traces/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/archive/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/restore/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/delete/"): API_OWNERS,
    ("POST", "api/v1/studies/<str:slug>/add-prompts/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/close/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/reopen/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/cases/"): API_READERS,
    ("GET", "api/v1/studies/<str:slug>/progress/"): API_MEMBERS,
    ("GET", "api/v1/studies/<str:slug>/annotations/"): API_OWN_LIST,
    ("GET", "api/v1/studies/<str:slug>/annotations.jsonl"): API_READERS,
    ("GET", "api/v1/studies/<str:slug>/annotations.csv"): API_READERS,
    ("GET", "api/v1/studies/<str:slug>/undecided/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/undecided/next/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/adjudication/draft/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/adjudication/renew/"): API_ADJUDICATORS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/adjudication/leave/"): API_ADJUDICATORS,
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
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/own/"): API_OWNERS,
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/deactivate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/reactivate/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/events/"): API_LEADS,
    ("GET", "api/v1/events/"): API_SITE_LEADS,
    ("POST", "api/v1/studies/<str:slug>/members/<int:member_id>/tokens/<uuid:token>/revoke/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/checks/"): API_LEADS_LIST,
    ("GET", "api/v1/studies/<str:slug>/check-rate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/check-rate/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/check/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/check/end/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/practice/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/practice/end/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/queue/"): API_ANNOTATING,
    ("GET", "api/v1/studies/<str:slug>/own-skips/"): API_NO_SKIPS,
    ("POST", "api/v1/cases/<int:case_id>/unskip/"): API_OWN_CASE,
    ("GET", "api/v1/cases/<int:case_id>/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/choose/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/annotation/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/draft/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/skip/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/flag/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/flag/reply/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/flag/read/"): API_OWN_CASE,
    ("POST", "api/v1/cases/<int:case_id>/renew/"): API_OWN_CASE,
    ("GET", "api/v1/studies/<str:slug>/skips/"): API_LEADS_LIST,
    ("POST", "api/v1/studies/<str:slug>/cases/<int:case_id>/hand-out/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/webhooks/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/disable/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/enable/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/remove/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/secret/"): API_LEADS,
    ("POST", "api/v1/studies/<str:slug>/webhooks/<int:webhook_id>/test/"): API_LEADS,
    ("GET", "api/v1/studies/<str:slug>/proposals/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/reject/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/reopen/"): API_CURATORS,
    ("POST", "api/v1/studies/<str:slug>/candidates/<int:candidate_id>/draft/"): API_CURATORS,
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
    ("POST", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/copy/"): API_CURATORS,
    ("PATCH", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/export/"): API_CURATORS,
    ("GET", "api/v1/studies/<str:slug>/pairs.jsonl"): API_PAIRS,
    ("GET", "api/v1/routers/"): API_SIGNED_IN,
    ("POST", "api/v1/routers/"): API_ANY_LEAD,
    ("GET", "api/v1/routers/trainings/"): API_TRAININGS,
    ("GET", "api/v1/routers/trainings/<int:training_id>/"): API_LEADS,
    ("GET", "api/v1/routers/<str:name>/v<int:version>/"): API_ANY_LEAD,
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
