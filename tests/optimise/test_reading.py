"""Arguments become arrays; whatever is wrong with them is told once, with where it stands and what stood there."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.errors import Fault, ProblemError
from optimise.problem import Role
from optimise.reading import ArgumentReader


def told(reader: ArgumentReader) -> list[tuple[str, str, str]]:
    return [(fault.where, fault.row, fault.value) for fault in reader.faults]


def test_nothing_is_raised_where_nothing_is_wrong_and_all_of_it_where_something_is():
    reader = ArgumentReader()
    reader.finish()
    reader.fault("too small", "p", 3, 0)
    reader.fault("too large", "q")
    with pytest.raises(ProblemError) as caught:
        reader.finish()
    assert caught.value.faults == (Fault("too small", "p", "3", "0"), Fault("too large", "q"))
    assert str(caught.value) == "p[3]: too small (value '0')\nq: too large"


# Tables and rows of numbers


def test_a_table_is_copied_and_what_is_not_a_number_is_unreachable():
    given_costs = np.asarray([[1.0, np.nan], [np.inf, 0.0]])
    reader = ArgumentReader()
    read = reader.matrix("costs", given_costs, None)
    assert read.tolist() == [[1.0, math.inf], [math.inf, 0.0]]
    given_costs[0, 0] = 9.0
    assert read[0, 0] == 1.0
    assert not read.flags.writeable
    assert reader.matrix("costs", pd.DataFrame([[1, 2]]), (1, 2)).tolist() == [[1.0, 2.0]]
    assert reader.faults == []


@pytest.mark.parametrize("values", [[], [[]], [1.0, 2.0], 3.0, np.zeros((2, 0)), np.zeros((1, 1, 1))])
def test_what_is_no_table_is_refused_at_once(values):
    reader = ArgumentReader()
    with pytest.raises(ProblemError, match="must be a table of numbers with rows and columns"):
        reader.matrix("costs", values, None)
    assert told(reader) == [("costs", "", str(np.shape(values)))]


@pytest.mark.parametrize("values", [[["a"]], [[1.0], [1.0, 2.0]], [[object()]]])
def test_what_is_no_number_is_refused_at_once_and_named_by_its_kind(values):
    reader = ArgumentReader()
    with pytest.raises(ProblemError, match="must be an array of numbers"):
        reader.matrix("costs", values, None)
    assert told(reader) == [("costs", "", "list")]


def test_a_table_of_another_shape_is_noted_and_reading_goes_on():
    reader = ArgumentReader()
    read = reader.matrix("site_costs", [[1.0, 2.0]], (2, 2))
    assert read.tolist() == [[0.0, 0.0], [0.0, 0.0]]  # what follows can be looked at
    assert told(reader) == [("site_costs", "", "(1, 2)")]
    assert "must have the shape 2, 2" in str(reader.faults[0])


def test_each_number_below_0_is_told_by_row_and_column_up_to_twenty_and_the_rest_counted():
    reader = ArgumentReader()
    reader.matrix("costs", np.full((2, 10), -1.0), None)
    assert len(reader.faults) == 20
    assert told(reader)[11] == ("costs", "1, 1", "-1.0")
    reader = ArgumentReader()
    reader.matrix("costs", np.full((3, 7), -math.inf), None)
    assert len(reader.faults) == 21
    assert told(reader)[20] == ("costs", "", "")
    assert str(reader.faults[20]) == "costs: 1 more of the same"
    assert "NaN for unreachable" in str(reader.faults[0])


def test_numbers_are_finite_and_not_below_0():
    reader = ArgumentReader()
    read = reader.numbers("weights", [0, 1.5, 2], 3)
    assert (read.tolist(), read.flags.writeable) == ([0.0, 1.5, 2.0], False)
    assert reader.numbers("weights", None, 2, default=1.0).tolist() == [1.0, 1.0]
    assert reader.faults == []
    reader.numbers("weights", [math.nan, -0.5, math.inf, 0.0], 4)
    assert told(reader) == [("weights", "0", "nan"), ("weights", "1", "-0.5"), ("weights", "2", "inf")]


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], 1.0])
def test_there_is_a_number_for_each(values):
    reader = ArgumentReader()
    assert reader.numbers("weights", values, 2).tolist() == [0.0, 0.0]
    assert told(reader) == [("weights", "", str(np.shape(values)))]
    assert "must hold 2 numbers" in str(reader.faults[0])


# Single values


@pytest.mark.parametrize("value", [0, 7, np.int64(3), np.uint8(2)])
def test_counts(value):
    reader = ArgumentReader()
    read = reader.count("p", value)
    assert (read, type(read), reader.faults) == (int(value), int, [])
    assert reader.count("p", None) is None


@pytest.mark.parametrize("value", [-1, 2.0, True, "3", np.float64(2), [1]])
def test_what_is_no_count(value):
    reader = ArgumentReader()
    assert reader.count("p", value) == 0
    assert told(reader) == [("p", "", str(value))]


def test_amounts():
    reader = ArgumentReader()
    assert [reader.amount("budget", value) for value in (0, 2.5, None)] == [0.0, 2.5, None]
    assert reader.faults == []
    for value in (-1e-9, math.nan, math.inf):
        reader.amount("budget", value)
    assert told(reader) == [("budget", "", "-1e-09"), ("budget", "", "nan"), ("budget", "", "inf")]


# Words and labels


def test_words_are_those_of_the_kind():
    reader = ArgumentReader()
    assert reader.words("roles", None, 2, Role.CANDIDATE) == (Role.CANDIDATE, Role.CANDIDATE)
    read = reader.words("roles", iter(["existing", "required"]), 2, Role.CANDIDATE)
    assert read == (Role.EXISTING, Role.REQUIRED)
    assert reader.faults == []
    read = reader.words("roles", ["existing", "shut", "required", ""], 4, Role.CANDIDATE)
    assert read == (Role.EXISTING, Role.CANDIDATE, Role.REQUIRED, Role.CANDIDATE)
    assert told(reader) == [("roles", "1", "shut"), ("roles", "3", "")]
    assert "candidate" in str(reader.faults[0])
    reader = ArgumentReader()
    assert reader.words("roles", ["existing"], 2, Role.CANDIDATE) == (Role.CANDIDATE, Role.CANDIDATE)
    assert told(reader) == [("roles", "", "1")]


def test_labels_are_plain_values_and_ids_differ():
    reader = ArgumentReader()
    read = reader.labels("groups", np.asarray([1, 2]), 2)
    assert [(value, type(value)) for value in read] == [(1, int), (2, int)]
    assert reader.ids("site_ids", None, 3) == (0, 1, 2)
    assert reader.ids("site_ids", ["b", "a"], 2) == ("b", "a")
    assert reader.faults == []
    reader.ids("site_ids", ["a", "b", "a", "a"], 4)
    assert told(reader) == [("site_ids", "2", "a"), ("site_ids", "3", "a")]
    reader = ArgumentReader()
    assert reader.labels("groups", ["a"], 2) == (None, None)
    assert told(reader) == [("groups", "", "1")]


@given(st.lists(st.one_of(st.integers(-3, 3), st.text(max_size=1)), max_size=6))
def test_as_many_faults_as_ids_that_were_there_before(names):
    reader = ArgumentReader()
    assert reader.ids("site_ids", names, len(names)) == tuple(names)
    assert len(reader.faults) == len(names) - len(set(names))
