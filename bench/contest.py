"""Benchmark run: all contenders are started once, then take turns on the same core with the same
reviews.
"""

from __future__ import annotations

import json
import statistics
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from bench import reviews, spin, stack
from bench.entrant import Entrant, Load
from bench.figures import percentiles
from bench.measured import Latency, Measured
from bench.pipelines import null, obvious, quix, undertone, vader
from bench.pipelines.contender import Contender
from bench.plan import PAIR, STAGES, Plan
from bench.processes import Pinned, python, split_cores
from bench.stack import Stack
from schemas.errors import ConfigurationError

BUILD: dict[str, Callable[[Stack], Contender]] = {
    module.NAME: module.contender for module in (undertone, obvious, quix, vader, null)
}
Say = Callable[[str], None]


class Contest:
    """Runs a plan once. ``say`` is told of each step as it begins."""

    def __init__(self, plan: Plan, texts: Sequence[str], folder: Path, say: Say) -> None:
        self._plan, self._folder, self._say = plan, folder, say
        self._texts = list(texts)
        self._file = self._write("texts", texts)
        self._first, self._others = split_cores()
        self._entrants: dict[str, Entrant] = {}
        self._measured = Measured()

    def run(self) -> Measured:
        """Everything. Raises ``RuntimeError`` if a process dies, ``InputError`` if reviews get
        lost; nothing is left running.
        """
        plan = self._plan
        if quix.NAME in plan.who and not quix.INTERPRETER.exists():
            raise ConfigurationError(
                "Quix Streams has no environment yet: run make bench, or name others with --only"
            )
        with ExitStack() as running:
            load = Load(self._others, self._folder / "load.log")
            running.callback(load.stop)
            self._rounds(load)
            for name in plan.contenders:
                self._loads(name, load)
            if undertone.NAME in plan.contenders:
                self._lengths(load)
        return self._measured

    def _rounds(self, load: Load) -> None:
        plan = self._plan
        with ExitStack() as running:
            main = running.enter_context(self._stack("rounds"))
            for name in plan.contenders:
                self._start(name, main, load, running)
            if PAIR in plan.who:
                self._start_pair(running.enter_context(self._stack("rounds-pair")), load, running)
                self._entrants[PAIR].settle(plan.turn_s)
            stages = self._start_stages(running) if STAGES in plan.who else None
            for number in range(1, plan.rounds + 1):
                self._round(number, stages)
            self._measured.peaks = {
                name: entrant.peak() for name, entrant in self._entrants.items()
            }

    def _stack(self, name: str) -> AbstractContextManager[Stack]:
        """Fresh servers. The local broker goes through all batches of a partition at every fetch,
        and an open loop makes a batch of almost every review: after ten thousand of them it would
        be the broker that is measured.
        """
        return stack.running(self._folder / name, self._others)

    def _start(self, name: str, main: Stack, load: Load, running: ExitStack) -> None:
        contender = self._enter(name, main, load)
        self._measured.about[name] = contender.about
        starts = [
            self._begin(name, main, running)
            for _ in range(self._plan.starts if name == undertone.NAME else 1)
        ]
        if name == undertone.NAME:
            self._measured.starts = starts
        self._entrants[name].settle(self._plan.turn_s)

    def _enter(self, name: str, main: Stack, load: Load) -> Contender:
        contender = BUILD[name](main)
        if name != undertone.NAME:  # whose topics a stack has
            main.create([contender.source, contender.target])
        self._entrants[name] = Entrant(contender, main.bootstrap, load, self._file)
        return contender

    def _begin(self, name: str, main: Stack, running: ExitStack) -> float:
        """Start it, again where it runs; seconds until its first output."""
        self._say(f"starting {name}")
        entrant = self._entrants[name]
        entrant.stop()
        return entrant.start(lambda: self._process(entrant.contender, main, running))

    def _process(
        self,
        contender: Contender,
        main: Stack,
        running: ExitStack,
        cores: Sequence[int] | None = None,
    ) -> Pinned:
        log = main.folder / f"{contender.name}.log"
        process = Pinned(contender.name, contender.argv, cores or self._first, log, contender.env)
        running.callback(process.stop)
        return process

    def _start_pair(self, second: Stack, load: Load, running: ExitStack) -> None:
        """With a stack of their own, where nobody else reads the same topic."""
        self._say("starting two workers")
        self._measured.about[PAIR] = (
            "two of Undertone's workers, on both cores, one of which broker and load are on as well"
        )
        contenders = [undertone.contender(second) for _ in range(2)]
        both = [
            *self._first,
            *self._others[:1],
        ]  # to one of which broker and load leave more than to the other
        processes = [self._process(contender, second, running, both) for contender in contenders]
        for contender, process in zip(contenders, processes, strict=True):
            process.wait_until(lambda contender=contender: _answers(contender.ready))  # type: ignore[misc]
        self._entrants[PAIR] = Entrant(contenders[0], second.bootstrap, load, self._file, processes)

    def _start_stages(self, running: ExitStack) -> Pinned:
        self._say("starting the stages")
        argv = python("bench.pipelines.stages", str(self._file))
        process = Pinned("stages", argv, self._first, self._folder / "stages.log", talks=True)
        running.callback(process.stop)
        return process

    def _round(self, number: int, stages: Pinned | None) -> None:
        """A turn for everybody, each time another first."""
        names = list(self._entrants)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            self._say(f"round {number}: {name}, {self._entrants[name].rate:,.0f} reviews/s so far")
            self._measured.turns.setdefault(name, []).append(
                self._entrants[name].turn(self._plan.turn_s)
            )
            if name == PAIR:
                self._measured.spins.append(
                    spin.scaling([*self._first, *self._others[:1]], self._plan.spin_s)
                )
        if stages is not None:
            self._say(f"round {number}: stages")
            stages.send(str(self._plan.stage_s))
            for name, rate in json.loads(stages.receive()).items():
                self._measured.stages.setdefault(name, []).append(rate)

    def _loads(self, name: str, load: Load) -> None:
        capacity = statistics.median(turn.rate for turn in self._measured.turns[name])
        found = self._measured.latencies.setdefault(name, {})
        for share in self._plan.loads:
            with ExitStack() as running:
                main = running.enter_context(self._stack(f"latency-{name}-{share}"))
                self._enter(name, main, load)
                self._begin(name, main, running)
                entrant = self._entrants[name]
                entrant.settle(self._plan.turn_s)
                self._say(f"latency of {name} at {share:.0%} of {capacity:,.0f} reviews/s")
                seconds = entrant.open_loop(capacity * share, self._plan.load_s)
                found[share] = Latency(capacity * share, len(seconds), percentiles(seconds))

    def _lengths(self, load: Load) -> None:
        """In turns, where there are two workers as well: the longer the texts, the less of a core
        broker and load take.
        """
        with ExitStack() as running:
            main = running.enter_context(self._stack("lengths"))
            self._enter(undertone.NAME, main, load)
            self._begin(undertone.NAME, main, running)
            if PAIR in self._plan.who:
                self._start_pair(running.enter_context(self._stack("lengths-pair")), load, running)
            self._measure_lengths()

    def _measure_lengths(self) -> None:
        measured, one, two = (
            self._measured,
            self._entrants[undertone.NAME],
            self._entrants.get(PAIR),
        )
        for length in self._plan.lengths:
            self._say(f"texts of {length:,} characters")
            texts = self._write(f"texts-{length}", reviews.of_length(self._texts, length))
            for entrant, rates in ((one, measured.lengths), (two, measured.pair_lengths)):
                if entrant is not None:
                    entrant.settle(self._plan.length_s, texts)
                    rates[length] = []
            for _ in range(self._plan.length_rounds):
                measured.lengths[length].append(one.turn(self._plan.length_s, texts).rate)
                if two is not None:
                    measured.pair_lengths[length].append(two.turn(self._plan.length_s, texts).rate)

    def _write(self, name: str, texts: Sequence[str]) -> Path:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(list(texts)), encoding="utf8")
        return path


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
