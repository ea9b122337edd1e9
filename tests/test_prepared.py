"""A prepared query gives what its QuerySet would give, for other values, in other threads, and builds it once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import Upper
from django.db.transaction import TransactionManagementError

from annotator.prepared import Prepared
from annotator.studies.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    guests = Group.objects.create(name="guests")
    names = [User.objects.create(username=name) for name in ("alice", "bob", "carol")]
    guests.user_set.add(*names[:2])
    return names


def test_rows_are_those_of_the_queryset_for_each_value(people):
    asked = Prepared(lambda pk: User.objects.filter(pk=pk))
    for person in (*people, *people):
        assert asked(person.pk) == [person]
    assert asked(0) == []


def test_it_is_built_once_and_asked_each_time(people, django_assert_num_queries):
    built = []

    def build(pk):
        built.append(pk)
        return User.objects.filter(pk__gte=pk).order_by("pk")

    asked = Prepared(build)
    with django_assert_num_queries(2):
        assert asked(people[0].pk) == people
        assert asked(people[1].pk) == people[1:]
    assert len(built) == 1


def test_what_was_written_meanwhile_is_seen(people):
    asked = Prepared(lambda pk: User.objects.filter(pk=pk))
    assert asked(people[0].pk)[0].first_name == ""
    User.objects.filter(pk=people[0].pk).update(first_name="Alice")
    assert asked(people[0].pk)[0].first_name == "Alice"


def test_a_further_value_makes_a_query_of_its_own(people):
    asked = Prepared(lambda *out: User.objects.exclude(pk__in=out).order_by("pk"))
    assert asked(people[0].pk) == people[1:]
    assert asked(people[0].pk, people[2].pk) == [people[1]]
    assert asked(people[1].pk) == [people[0], people[2]]


def test_columns_expressions_and_joined_rows_come_as_from_the_queryset(people):
    names = Prepared(lambda pk: User.objects.filter(pk=pk).values_list("username", Upper("username")))
    assert names(people[1].pk) == [("bob", "BOB")]
    flat = Prepared(lambda pk: User.objects.filter(pk__lte=pk).order_by("pk").values_list("username", flat=True))
    assert flat(people[1].pk) == ["alice", "bob"]
    counted = Prepared(lambda pk: Group.objects.filter(pk=pk).annotate(n=Count("user")).order_by("pk"))
    assert [each.n for each in counted(Group.objects.get().pk)] == [2]
    joined = Prepared(lambda pk: User.groups.through.objects.select_related("user").filter(user=pk))
    assert [each.user.username for each in joined(people[0].pk)] == ["alice"]


def test_a_column_of_small_numbers_is_asked_like_any_other():
    asked = Prepared(lambda least, most: Case.objects.filter(hardness__gt=least, submissions=most))
    assert asked(1, 2) == []


def test_a_value_that_does_not_reach_the_sql_as_it_is_is_refused():
    for build in (lambda pk: User.objects.all(), lambda name: User.objects.filter(username=name)):
        with pytest.raises(TypeError, match="unchanged"):
            Prepared(build)(1)
    with pytest.raises(TypeError, match="unchanged"):
        Prepared(lambda first, second: User.objects.filter(pk=F("pk") + first))(1, 2)


@pytest.mark.django_db(transaction=True)
def test_every_thread_asks_over_its_own_connection():
    alice = User.objects.create(username="alice")
    asked = Prepared(lambda pk: User.objects.filter(pk=pk))

    def ask(_):
        try:
            return asked(alice.pk), id(connection.connection)
        finally:
            connection.close()

    asked(alice.pk)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(40)))
    assert all(rows == [alice] for rows, _ in answers)
    assert id(connection.connection) not in {each for _, each in answers}


@pytest.mark.django_db(transaction=True)
def test_a_query_that_locks_is_refused_outside_of_a_transaction():
    locks = Prepared(lambda pk: User.objects.select_for_update().filter(pk=pk))
    with pytest.raises(TransactionManagementError):
        locks(1)
