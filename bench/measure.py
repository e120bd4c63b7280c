"""How commands are measured: hyperfine takes the times, time(1) the memory. Commands that are
compared take their turns in every round, since a busy machine's speed changes as it runs."""
import contextlib
import dataclasses
import json
import re
import shlex
import statistics
import subprocess


@dataclasses.dataclass
class Target:
    """How many times shmtool's time (or memory) another's should be, and that in words."""
    ratio: float
    words: str


@dataclasses.dataclass
class Command:
    """A command, and its times in seconds: a list for each round."""
    line: str
    target: Target = None   # of a command that shmtool's is compared with
    prepare: str = None     # runs before each time, and is not measured
    most: int = None        # it takes so long that so many rounds have to do
    rounds: list = dataclasses.field(default_factory=list)
    computed: list = dataclasses.field(default_factory=list)    # CPU time, one of each round

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
    """How a target was met: the ratio reached, and its least and most of all rounds, if any."""
    what: str
    target: Target
    ratio: float
    least: float = None
    most: float = None

    @property
    def met(self):
        return self.ratio >= self.target.ratio


def quotients(over, under):
    """The quotient of the medians of two commands; and the least and most of all rounds."""
    rounds = [statistics.median(a) / statistics.median(b)
              for a, b in zip(over.rounds, under.rounds)]
    return over.median / under.median, min(rounds), max(rounds)


def computing(over, under):
    """The same of the time that they computed, which others on the machine change less."""
    rounds = [a / b for a, b in zip(over.computed, under.computed)]
    return over.cpu / under.cpu, min(rounds), max(rounds)


def needs_shell(lines):
    return any(re.search(r"[|<>*;]", line) for line in lines)


def in_shell(line):
    """A command line as the shell gets it: for a redirection, bash would start a process more
    than without one."""
    return "exec " + line if re.search(r"[<>]", line) and not re.search(r"[|;]", line) else line


class Bench:
    """One run of the measurements: whether it only looks if all works (SMOKE), the file that is
    told how far it is, and how the targets were met. The current directory is one in tmpfs."""

    def __init__(self, smoke, log):
        self.smoke = smoke
        self.log = log
        self.judgements = []

    def tell(self, text):
        print(text, file=self.log, flush=True)

    def time(self, commands, runs=1, warmup=0):
        """One round: each of COMMANDS, RUNS times, its output going to a file in tmpfs. Where
        one of them needs a shell, all have one; hyperfine takes off what that costs."""
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
            # What took less than the shell's start-up came out as nothing.
            command.rounds.append([max(time, 1e-6) for time in result["times"]])
            command.computed.append(max(result["user"] + result["system"], 1e-6))

    def compare(self, what, commands, rounds=5, runs=1, warmup=0):
        """Measures COMMANDS, and compares the others with the first, which is shmtool's.
        Returns them. WHAT says what they do, for the log and the judgements."""
        self.tell("  " + what)
        for number in range(1 if self.smoke else rounds):
            due = [c for c in commands if not c.most or number < c.most]
            if not due:
                break
            # None is always the first, whatever that does.
            self.time(due[::-1] if number % 2 else due, runs, 0 if number else warmup)
        for command in commands[1:]:
            if command.target:
                self.judge(what, command.target, *quotients(command, commands[0]))
        return commands

    def judge(self, *judgement):
        self.judgements.append(Judgement(*judgement))

    def peak(self, line):
        """The most memory that a command holds at a time, in bytes."""
        with open("output", "w") as output:
            subprocess.run(["time", "-f", "%M", "-o", "peak", *shlex.split(line)],
                           stdout=output, check=True)
        with open("peak") as file:
            return int(file.read()) * 1024

    def run(self, line):
        """Runs a command that is not measured, and returns what it prints."""
        return subprocess.run(shlex.split(line), stdout=subprocess.PIPE, check=True,
                              text=True).stdout.strip()

    @contextlib.contextmanager
    def helper(self, line):
        """One of programs/ that stays while something is measured. Gives its process and the
        first line it prints, which says that all is in place."""
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
