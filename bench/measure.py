"""Measure commands: hyperfine takes the times, time(1) the memory. Commands that are compared
take turns in every round, since the speed of a busy machine changes."""
import contextlib
import dataclasses
import json
import re
import shlex
import statistics
import subprocess


@dataclasses.dataclass
class Target:
    """The wanted ratio of another command's time (or memory) to shmtool's, and its description."""
    ratio: float
    words: str


@dataclasses.dataclass
class Command:
    """A command and its times in seconds, a list for each round."""
    line: str
    target: Target = None   # of a command to compare shmtool with
    prepare: str = None     # runs before each measurement, not measured
    max_rounds: int = None  # of a command that takes long
    rounds: list = dataclasses.field(default_factory=list)
    computed: list = dataclasses.field(default_factory=list)    # CPU seconds of each round

    @property
    def times(self):
        return [time for times in self.rounds for time in times]

    @property
    def cpu(self):
        return statistics.median(self.computed)

    @property
    def median(self):
        return statistics.median(self.times)


@dataclasses.dataclass
class Judgement:
    """The ratio that was reached, and its minimum and maximum over the rounds, if any."""
    what: str
    target: Target
    ratio: float
    minimum: float = None
    maximum: float = None

    @property
    def met(self):
        return self.ratio >= self.target.ratio


def quotients(over, under):
    """Return the quotient of the medians of two commands, and its minimum and maximum."""
    rounds = [statistics.median(a) / statistics.median(b)
              for a, b in zip(over.rounds, under.rounds)]
    return over.median / under.median, min(rounds), max(rounds)


def computing(over, under):
    """Return the same for CPU time, which depends less on the load of the machine."""
    rounds = [a / b for a, b in zip(over.computed, under.computed)]
    return over.cpu / under.cpu, min(rounds), max(rounds)


def needs_shell(lines):
    return any(re.search(r"[|<>*;]", line) for line in lines)


def in_shell(line):
    """Return a command line for the shell. With a redirection and no exec, bash would start
    another process."""
    return "exec " + line if re.search(r"[<>]", line) and not re.search(r"[|;]", line) else line


class Bench:
    """One run of the measurements. SMOKE: only check that everything works. LOG: a file for
    progress messages. The current directory is in tmpfs."""

    def __init__(self, smoke, log):
        self.smoke = smoke
        self.log = log
        self.judgements = []

    def tell(self, text):
        print(text, file=self.log, flush=True)

    def time(self, commands, runs=1, warmup=0):
        """Measure one round: each of COMMANDS, RUNS times, with output to a file in tmpfs. If
        one command needs a shell, all get one; hyperfine subtracts the shell's time."""
        if self.smoke:
            runs, warmup = 1, 0
        prepares = [c.prepare or "true" for c in commands]
        lines = [in_shell(c.line) for c in commands]
        shell = "bash --norc -o pipefail" if needs_shell(lines + prepares) else "none"
        words = ["hyperfine", "--style", "none", "--shell", shell, "--runs", str(runs),
                 "--warmup", str(warmup), "--output", "./output", "--export-json", "times"]
        if any(c.prepare for c in commands):
            for prepare in prepares:
                words += ["--prepare", prepare]
        words += lines
        run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            raise SystemExit("bench: %s\n%s" % (shlex.join(words), run.stderr.strip()))
        with open("times") as file:
            results = json.load(file)["results"]
        for command, result in zip(commands, results):
            # A command faster than the start of the shell gets the time 0.
            command.rounds.append([max(time, 1e-6) for time in result["times"]])
            command.computed.append(max(result["user"] + result["system"], 1e-6))

    def compare(self, what, commands, rounds=5, runs=1, warmup=0):
        """Measure COMMANDS and return them. The first is shmtool's. WHAT describes them."""
        self.tell("  " + what)
        for number in range(1 if self.smoke else rounds):
            due = [c for c in commands if not c.max_rounds or number < c.max_rounds]
            if not due:
                break
            # Reverse every other round: the first may have an advantage.
            self.time(due[::-1] if number % 2 else due, runs, 0 if number else warmup)
        for command in commands[1:]:
            if command.target:
                self.judge(what, command.target, *quotients(command, commands[0]))
        return commands

    def judge(self, *judgement):
        self.judgements.append(Judgement(*judgement))

    def peak(self, line):
        """Return the peak memory of a command in bytes."""
        with open("output", "w") as output:
            subprocess.run(["time", "-f", "%M", "-o", "peak", *shlex.split(line)],
                           stdout=output, check=True)
        with open("peak") as file:
            return int(file.read()) * 1024

    def run(self, line):
        """Run a command that is not measured. Return its output."""
        return subprocess.run(shlex.split(line), stdout=subprocess.PIPE, check=True,
                              text=True).stdout.strip()

    @contextlib.contextmanager
    def helper(self, line):
        """Run one of programs/ during a measurement. Yield its process and the words of the
        first line that it prints, when it is ready."""
        with subprocess.Popen(shlex.split(line), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as process:
            first = process.stdout.readline()
            if not first:
                raise SystemExit("bench: %s failed" % line)
            try:
                yield process, first.split()
            finally:
                process.stdin.close()
                process.wait()
