"""Problems and their checkers, held to arithmetic done in words, one problem at a time."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise, permutations, product
from typing import Any, cast

import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.draws import Draws
from training.data.puzzles import chain, countdown, hanoi
from training.data.puzzles.arithmetic import OPERATIONS, apply, choose
from training.data.puzzles.problems import NO_ANSWER, PARTS, Problems, draw, joined, mixed, sequences
from training.errors import BadInput

PUZZLES: dict[str, Any] = {"countdown": countdown, "chain": chain, "hanoi": hanoi}
COUNTDOWN = joined([draw(countdown, Draws(0), 40, complexity, "train") for complexity in countdown.complexities])
CHAINS = joined([draw(chain, Draws(0), 10, complexity, "train") for complexity in chain.complexities])
TOWERS = joined([draw(hanoi, Draws(0), 40, complexity, "train") for complexity in hanoi.complexities])
SEVERAL = {"countdown": COUNTDOWN, "chain": CHAINS, "hanoi": TOWERS}


def value(left: Fraction, operation: str, right: Fraction) -> Fraction | None:
    """An operation in fractions; ``None`` where it leaves the whole numbers of 0 to 99."""
    if operation == "/" and right == 0:
        return None
    result = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else left}[operation]
    return result if result.denominator == 1 and 0 <= result <= 99 else None


def solves(prompt: str, answer: str) -> bool:
    """Whether an answer to ``countdown`` is right, read word by word."""
    words = prompt.replace("PAD", "").split()
    there, target = Counter(map(int, words[1 : words.index("ARROW")])), int(words[-2])
    steps, end = answer.split(" END")[0].split(), "END" in answer
    if not end or len(steps) != 4 * (there.total() - 1):
        return False
    result = -1
    for place in range(0, len(steps), 4):
        a, operation, b, result = steps[place : place + 4]
        if operation not in OPERATIONS or not all(word.isdigit() for word in (a, b, result)):
            return False
        needed = Counter([int(a), int(b)])
        if needed - there or value(Fraction(a), operation, Fraction(b)) != int(result):
            return False
        there = there - needed + Counter([int(result)])
    return there == Counter([target]) == Counter([int(result)])


def evaluated(prompt: str) -> int:
    """The value of a chain, by brackets that Python evaluates."""
    words = prompt.split()[2:-1]
    text = "(" * (len(words) // 2) + words[0]
    for operation, number in zip(words[1::2], words[2::2], strict=True):
        text += f" {operation} {number})".replace("/", "//")
    return eval(text)


def arrives(prompt: str, answer: str) -> bool:
    """Whether an answer to ``hanoi`` moves all discs to the goal, followed move by move on stacks."""
    words, (moves, end, _) = prompt.split(), answer.partition("END")
    goal, stacks = words[-2], {peg: [] for peg in "ABC"}
    for disc in reversed(range(1, len(words) - 3)):
        stacks[words[disc]].append(disc)
    moves = moves.split()
    if not end or len(moves) % 2:
        return False
    for disc, peg in zip(moves[::2], moves[1::2], strict=True):
        own = next((name for name, stack in stacks.items() if stack and str(stack[-1]) == disc), None)
        if own is None or peg not in stacks or peg == own or (stacks[peg] and stacks[peg][-1] < int(disc)):
            return False
        stacks[peg].append(stacks[own].pop())
    return len(stacks[goal]) == len(words) - 4


def texts(puzzles, problems, completions):
    for prompt, length, answer in zip(problems.prompts, problems.lengths, completions, strict=True):
        yield puzzles.vocabulary.decode(prompt[:length]), puzzles.vocabulary.decode(answer)


@pytest.mark.parametrize("name", PUZZLES)
def test_every_problem_comes_with_an_answer_that_is_right(name):
    puzzles, problems = PUZZLES[name], SEVERAL[name]
    assert puzzles.check(problems, problems.solutions).all()
    for prompt, answer in texts(puzzles, problems, problems.solutions):
        if name == "countdown":
            assert solves(prompt, answer)
        elif name == "hanoi":
            assert arrives(prompt, answer)
        else:
            worked_out, end = answer.split(" END")[0].split(), answer.count("END")
            assert (int(worked_out[-1]), end) == (evaluated(prompt), 1)
            assert len(worked_out) == (1 if "DIRECT" in prompt else 3 * ((len(prompt.split()) - 4) // 2))


def test_a_chain_is_worked_out_step_by_step():
    thought = CHAINS[CHAINS.prompts[:, 1] == chain.THINK]
    for prompt, answer in texts(chain, thought, thought.solutions):
        words, steps = prompt.split()[2:-1], answer.split(" END")[0].split()
        values = [words[0], *steps[2::3]]
        for place, (before, after) in enumerate(pairwise(values)):
            operation, number = words[1 + 2 * place : 3 + 2 * place]
            assert steps[3 * place : 3 * place + 2] == [operation, number]
            assert value(Fraction(before), operation, Fraction(number)) == int(after)


@given(st.data())
@settings(max_examples=300)
def test_a_changed_answer_to_countdown_is_judged_word_by_word(data):
    place = data.draw(st.integers(0, len(COUNTDOWN) - 1))
    problem = COUNTDOWN[place : place + 1]
    answer = problem.solutions.copy()
    for _ in range(data.draw(st.integers(1, 3))):
        other = data.draw(st.integers(0, answer.shape[1] - 1))
        # Mostly numbers and operations, which may make another right answer.
        answer[0, other] = data.draw(st.sampled_from([*answer[0], *range(len(countdown.vocabulary.words))]))
    (text,) = texts(countdown, problem, answer)
    assert countdown.check(problem, answer)[0] == solves(*text)


@given(st.data())
@settings(max_examples=300)
def test_a_changed_answer_to_hanoi_is_followed_move_by_move(data):
    place = data.draw(st.integers(0, len(TOWERS) - 1))
    problem = TOWERS[place : place + 1]
    words = problem.solutions[0, : int((problem.solutions != 0).sum())].tolist()
    for _ in range(data.draw(st.integers(1, 3))):
        change = data.draw(st.sampled_from(["word", "detour", "cut"]))
        at = data.draw(st.integers(0, max(0, len(words) - 1)))
        if change == "word" and words:
            words[at] = data.draw(st.integers(0, len(hanoi.vocabulary.words) - 1))
        elif change == "detour":
            # A disc that goes and comes back leaves a right answer right, if it is free.
            there, back = data.draw(st.permutations(hanoi.vocabulary.encode("A B C").tolist()))[:2]
            disc = hanoi.FIRST_DISC
            words[at - at % 2 : at - at % 2] = [disc, there, disc, back]
        else:
            words = words[:at]
    answer = np.array([words or [hanoi.ARROW]])
    (text,) = texts(hanoi, problem, answer)
    assert hanoi.check(problem, answer)[0] == arrives(*text)


@pytest.mark.parametrize("discs", [2, 3, 4])
def test_reference_answers_to_hanoi_are_as_short_as_breadth_first_search_finds(discs):
    starts = list(product(range(3), repeat=discs))
    for goal in range(3):
        problems = hanoi.problems_of(np.array(starts), np.full(len(starts), goal))
        moves = ((problems.solutions != 0).sum(axis=1) - 1) // 2
        distances = distances_from((goal,) * discs)
        assert moves.tolist() == [distances[start] for start in starts]
        assert hanoi.check(problems, problems.solutions).all()
        assert 2 * moves.max() + 1 == hanoi.longest(discs)


def distances_from(state):
    """The least number of moves from a state of Hanoi to every other, by breadth-first search."""
    found, frontier = {state: 0}, [state]
    for one in frontier:
        for disc, peg in product(range(len(one)), range(3)):
            moved = (*one[:disc], peg, *one[disc + 1 :])
            if peg != one[disc] and not {one[disc], peg} & set(one[:disc]) and moved not in found:
                found[moved] = found[one] + 1
                frontier.append(moved)
    return found


@pytest.mark.parametrize(
    ("prompt", "answer", "right"),
    [
        ("BOS A A ARROW C ARROW", "1 B 2 C 1 C END", True),
        ("BOS A A ARROW C ARROW", "1 C 1 B 2 C 1 C END 1 A", True),
        ("BOS A A ARROW C ARROW", "1 B 2 C 1 C", False),
        ("BOS A A ARROW C ARROW", "1 B 2 C END 1 C END", False),
        ("BOS A A ARROW C ARROW", "1 B 2 C 1 END", False),
        ("BOS A A ARROW C ARROW", "2 C 1 C END", False),
        ("BOS A A ARROW C ARROW", "1 C 2 C 1 B 1 C END", False),
        ("BOS A A ARROW C ARROW", "1 A 1 B 2 C 1 C END", False),
        ("BOS A A ARROW C ARROW", "1 B 2 C 3 C 1 C END", False),
        ("BOS B B ARROW B ARROW", "END", True),
    ],
)
def test_answers_to_hanoi_by_hand(prompt, answer, right):
    words = hanoi.vocabulary
    tokens = words.encode(prompt)
    padded = np.pad(tokens, (0, hanoi.prompt_length - len(tokens)))[None]
    problem = Problems(padded, np.array([len(tokens)], np.int32), np.zeros((1, 1), np.int32), np.zeros(1, np.uint64))
    assert hanoi.check(problem, words.encode(answer)[None])[0] == right
    assert arrives(prompt, answer) == right


@pytest.mark.parametrize(
    ("numbers", "target", "answer", "right"),
    [
        ("2 3 4", 14, "3 * 4 12 2 + 12 14 END", True),
        ("2 3 4", 14, "3 * 4 12 12 + 2 14 END 5 5", True),
        ("2 3 4", 14, "3 * 4 12 12 + 2 14", False),
        ("2 3 4", 14, "3 * 4 12 12 + 2 END 14", False),
        ("2 3 4", 12, "3 * 4 12 END", False),
        ("2 3 4", 14, "2 + 12 14 3 * 4 12 END", False),
        ("4 4 2", 10, "4 + 4 8 8 + 2 10 END", True),
        ("4 3 3", 10, "4 + 4 8 8 + 2 10 END", False),
        ("1 1 12", 12, "1 - 1 0 12 + 0 12 END", True),
        ("1 1 12", 12, "1 - 1 0 12 / 0 12 END", False),
        ("2 5 4", 10, "5 / 2 2 2 * 4 8 END", False),
        ("2 5 4", 10, "2 - 5 3 3 + 4 7 END", False),
    ],
)
def test_answers_to_countdown_by_hand(numbers, target, answer, right):
    words = countdown.vocabulary
    given = np.array([[int(number) for number in numbers.split()]])
    prompt = countdown.prompts(given, np.array([target]))
    nothing = np.zeros((1, 1), np.int32)
    problem = Problems(prompt, np.array([prompt.shape[1]], np.int32), nothing, np.zeros(1, np.uint64))
    assert countdown.check(problem, words.encode(answer)[None])[0] == right
    assert solves(words.decode(prompt[0]), answer) == right


def test_a_chain_is_checked_by_its_value_and_its_end():
    for puzzles_answer, right in (("3", True), ("4", False)):
        prompt = chain.vocabulary.encode("BOS DIRECT 9 / 3 ARROW")
        problem = Problems(prompt[None], np.array([6], np.int32), np.zeros((1, 1), np.int32), np.zeros(1, np.uint64))
        answer = chain.vocabulary.encode(f"{puzzles_answer} END")
        assert chain.check(problem, answer[None])[0] == right
        assert not chain.check(problem, answer[None, :1])[0]
        assert not chain.check(problem, answer[None, ::-1])[0]


# Of towers of 6 discs there are 2,187.
@pytest.mark.parametrize(("name", "complexity"), [("countdown", 3), ("chain", 3), ("hanoi", 6)])
def test_no_problem_is_in_two_splits(name, complexity):
    puzzles = PUZZLES[name]
    drawn = {split: draw(puzzles, Draws(7), 90, complexity, split) for split in ("test", "validation", "verifier")}
    drawn["train"] = draw(puzzles, Draws(8), 20_000, complexity, "train")
    forms = {}
    for split, problems in drawn.items():
        for prompt, length in zip(problems.prompts, problems.lengths, strict=True):
            words = puzzles.vocabulary.decode(prompt[:length]).split()
            # The order of numbers to be combined, or the form of an answer, is no part of a problem.
            form = {
                "countdown": (tuple(sorted(words[1:6])), words[-2]),
                "chain": tuple(words[2:]),
                "hanoi": tuple(words),
            }[name]
            assert forms.setdefault(form, split) == split
    for split in ("test", "validation", "verifier"):
        assert len(set(drawn[split].codes)) == 90
    # Three parts of twenty are held out.
    everything = puzzles.candidates(Draws(9), 20_000, max(4, complexity))
    held_out = (mixed(np.unique(everything.codes)) % np.uint64(PARTS) <= 2).mean()
    assert held_out == pytest.approx(0.15, abs=0.02)


def test_what_cannot_be_drawn_is_refused(monkeypatch):
    # Outside the tests nothing checks the annotations.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(BadInput, match=r"^500 distinct problems of countdown with complexity 3 .* test has 1\d\d: ask"):
        draw(countdown, Draws(0), 500, 3, "test")
    with pytest.raises(BadInput, match="complexity=2 of countdown is not drawn: choose one of 3, 4, 5"):
        draw(countdown, Draws(0), 1, 2, "test")
    with pytest.raises(BadInput, match="split=eval is none of train, validation, test, verifier"):
        draw(countdown, Draws(0), 1, 3, cast(Any, "eval"))
    assert len(draw(countdown, Draws(0), 0, 3, "test")) == 0


@given(st.integers(-5, 120), st.sampled_from(range(4)), st.integers(-5, 120))
def test_operations_are_those_of_fractions(left, operation, right):
    result, defined = apply(*(np.array([one]) for one in (left, operation, right)))
    expected = value(Fraction(left), OPERATIONS[operation], Fraction(right))
    assert bool(defined[0]) == (expected is not None)
    if expected is not None:
        assert result[0] == expected


def test_options_are_chosen_equally_often():
    allowed = np.tile([False, True, True, False, True, False], (30_000, 1))
    chosen = choose(Draws(0), allowed)
    shares = np.bincount(chosen, minlength=6) / len(chosen)
    np.testing.assert_allclose(shares, [0, 1 / 3, 1 / 3, 0, 1 / 3, 0], atol=0.01)


@pytest.mark.parametrize("name", PUZZLES)
def test_answers_alone_are_predicted(name):
    puzzles, problems = PUZZLES[name], SEVERAL[name]
    length = puzzles.prompt_length + puzzles.completion_length - 1
    inputs, targets = sequences(problems, length)
    assert inputs.shape == targets.shape == (len(problems), length)
    for tokens, wanted, prompt, prompts_length, solution in zip(
        inputs, targets, problems.prompts, problems.lengths, problems.solutions, strict=True
    ):
        answer = solution[: list(solution).index(puzzles.END) + 1]
        np.testing.assert_array_equal(tokens[:prompts_length], prompt[:prompts_length])
        scored = wanted != -1
        np.testing.assert_array_equal(wanted[scored], answer)
        assert scored.argmax() == prompts_length - 1
        # What is predicted is read one place later.
        np.testing.assert_array_equal(tokens[1:][scored[:-1]], wanted[:-1][scored[:-1]])
    with pytest.raises(ValueError, match="more than 5"):
        sequences(problems, 5)


@given(st.integers(1, chain.MOST), st.lists(st.booleans(), min_size=6, max_size=6), st.integers(0, 99))
def test_a_chain_is_asked_in_either_form_whatever_it_was_asked_in_before(steps, direct, seed):
    worked = chain.chains(Draws(seed), 6, steps)
    mixed = chain.in_form(worked, np.array(direct))
    np.testing.assert_array_equal((mixed.solutions != chain.PAD).sum(axis=1), np.where(direct, 2, 3 * steps + 1))
    for problems in (mixed, chain.candidates(Draws(seed), 6, steps)):
        back = chain.in_form(problems, np.zeros(6, bool))
        np.testing.assert_array_equal(back.prompts, worked.prompts)
        np.testing.assert_array_equal(back.solutions, worked.solutions)
        at_once = chain.in_form(problems, np.ones(6, bool))
        assert chain.check(at_once, at_once.solutions).all()


@pytest.mark.parametrize("complexity", [3, 4])
def test_no_derivation_solves_what_is_unsolvable(complexity):
    problems = countdown.unsolvable(Draws(complexity), 12, complexity)
    assert len(problems) == 12
    for prompt in problems.prompts:
        given_ = [int(one) - countdown.ZERO for one in prompt[1 : 1 + complexity]]
        target = int(prompt[countdown.MOST + 2]) - countdown.ZERO
        assert countdown.TARGETS[0] <= target <= countdown.TARGETS[1]
        assert target not in reachable([Fraction(one) for one in given_])
    # The same search finds the targets that are reached.
    solvable = draw(countdown, Draws(1), 8, complexity, "train")
    for prompt in solvable.prompts:
        given_ = [int(one) - countdown.ZERO for one in prompt[1 : 1 + complexity]]
        assert int(prompt[countdown.MOST + 2]) - countdown.ZERO in reachable([Fraction(one) for one in given_])


def reachable(numbers):
    """What is left when numbers are combined in every order, as long as every value is a whole one of 0 to 99."""
    if len(numbers) == 1:
        return {numbers[0]}
    found = set()
    for first, second in permutations(range(len(numbers)), 2):
        a, b = numbers[first], numbers[second]
        others = [one for place, one in enumerate(numbers) if place not in (first, second)]
        for result in (a + b, a - b, a * b, a / b if b else Fraction(-1)):
            if result.denominator == 1 and 0 <= result <= 99:
                found |= reachable([*others, result])
    return found


def test_all_problems_that_there_are_can_be_asked_for():
    with pytest.raises(BadInput, match="ask for at most as many") as told:
        draw(countdown, Draws(0), 400, 3, "test")
    there = draw(countdown, Draws(0), 400, 3, "test", or_all=True)
    assert f"has {len(there)}:" in str(told.value)
    assert len(set(there.codes.tolist())) == len(there)


def test_what_a_chain_says_is_its_number_and_what_it_leaves_out_is_none():
    worked = chain.chains(Draws(4), 5, 2)
    said = chain.final(worked, worked.solutions)
    np.testing.assert_array_equal(said, worked.solutions[:, 5] - chain.ZERO)
    for spoiled in (6, 5, 2):
        tokens = worked.solutions.copy()
        tokens[:, spoiled] = chain.ARROW if spoiled != 2 else chain.END
        assert (chain.final(worked, tokens) == NO_ANSWER).all()
