"""page.py PAGE: print how many commands each section of a runbook has, as lines 'COUNT HEADING'.
page.py PAGE HEADING USER: run the commands of that section, as CONTRIBUTING.md says, and
compare their output with the page. If a word of the page stands for another word here, such
as an ID, the file "stands" in the current directory has a line 'WORD ACTUAL'. If ACTUAL
is '-', it is not known yet, and is read from the first output in which the page has WORD.
"""

import os
import re
import subprocess
import sys

PROMPTS = ("# ", "$ ", "> ")
# The kinds of blocks that are shown, not run.
SHOWN = ("text", "ini")
# Values that may differ from run to run: the page's and the command's become the same
# word.
VARYING = (
    (r"\b\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?)?\b", "TIME"),
    (r"\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\b", "TIME"),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    (r"\b0x[0-9a-f]{9,16}\b", "ADDRESS"),
    (r"(?<![\w.])\d+(\.\d+)?([smhdw]\d*)+\b", "SPAN"),
    (r"\b\d+ kB\b", "kB"),
    (r"[ \t]+", " "),
)

# Lines of info that depend on how the test was started.
UNIT = re.compile(r"  (Unit|Container)  ")


class Command:
    def __init__(self, line, number, root, fails):
        self.text, self.number, self.root, self.fails = line, number, root, fails
        self.expected = []


def fault(page, number, what):
    sys.exit("%s:%d: %s" % (page, number, what))


def read(page):
    """Return the sections that have commands: a list of (heading, list of commands)."""
    sections, heading, fence, command = [], None, None, None
    with open(page, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            if fence is None and line.startswith("#"):
                heading = line.lstrip("#").strip()
            elif fence is None and line.startswith(("    ", "\t", "~~~")):
                fault(page, number, "a block without a fence of backquotes")
            elif fence in ("console", "console fails"):
                if line.startswith(("# ", "$ ")):
                    command = Command(line[2:], number, line[0] == "#", False)
                    commands.append(command)
                elif line.startswith("> "):
                    command.text += "\n" + line[2:]
                elif command:
                    command.expected.append(line)
                else:
                    fault(page, number, "a block that does not begin with a prompt")
            continue
        if fence is None:
            fence, command, commands = line[3:], None, []
            if fence not in SHOWN + ("console", "console fails"):
                fault(page, number, "a block of unknown kind: '%s'" % fence)
        else:
            if fence.startswith("console"):
                if not commands:
                    fault(page, number, "a block without a command")
                commands[-1].fails = fence.endswith("fails")
                if not sections or sections[-1][0] != heading:
                    if heading in [name for name, _ in sections]:
                        fault(page, number, "a second section '%s'" % heading)
                    sections.append((heading, []))
                sections[-1][1].extend(commands)
            fence = None
    if fence is not None:
        fault(page, len(lines), "a block without an end")
    return sections


class Words:
    """The words of the page, and the actual words that they stand for."""

    def __init__(self):
        with open("stands", encoding="utf-8") as file:
            self.actual = dict(line.rstrip("\n").split(" ", 1) for line in file)

    def save(self):
        with open("stands", "w", encoding="utf-8") as file:
            file.writelines("%s %s\n" % pair for pair in self.actual.items())

    def pattern(self):
        words = sorted(self.actual, key=len, reverse=True)
        return r"(?<![\w.])(%s)(?![\w])" % "|".join(map(re.escape, words))

    def in_command(self, text):
        def known(match):
            if self.actual[match[1]] == "-":
                raise ValueError("%s is not known yet" % match[1])
            return self.actual[match[1]]
        return re.sub(self.pattern(), known, text) if self.actual else text

    def regex(self, line):
        """Return a regular expression for the output that a line of the page expects."""
        hidden = []

        def hide(match):
            word = match[1]
            hidden.append((word, self.actual[word]))
            return "\0%d\0" % (len(hidden) - 1)

        def show(match):
            word, actual = hidden[int(match[1])]
            if actual != "-":
                return re.escape(normal(actual))
            name = "w" + re.sub(r"\W", "_", word)
            if name in self.seen:
                return "(?P=%s)" % name
            self.seen[name] = word
            return r"(?P<%s>-?[\w.]+)" % name
        if self.actual:
            line = re.sub(self.pattern(), hide, line)
        # Three dots, but not as part of a longer row, as in a hex dump.
        parts = re.split(r"(?<!\.)\.\.\.(?!\.)", normal(line))
        return re.sub("\0(\\d+)\0", show, ".*".join(map(re.escape, parts)))

    def compare(self, expected, said):
        self.seen = {}
        parts = []
        for line in expected:
            parts.append(r"(?:.*\n)*" if line.strip() == "..." else self.regex(line) + r"\n")
        said = "".join(normal(line) + "\n" for line in said if not UNIT.match(line))
        match = re.fullmatch("".join(parts), said)
        if match:
            for name, word in self.seen.items():
                self.actual[word] = match[name]
        return bool(match)


def normal(line):
    for pattern, instead in VARYING:
        line = re.sub(pattern, instead, line)
    return line.strip()


class Shell:
    """One shell for a section, so that a command can use the variables of the previous one."""

    END = "the command ended with"

    def __init__(self):
        self.process = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        encoding="utf-8", errors="backslashreplace")

    def run(self, text):
        """Run a command. Return its output, as lines, and its exit status."""
        with open("command", "w", encoding="utf-8") as file:
            file.write(text + "\n")
        self.process.stdin.write(". %s </dev/null; echo \"%s$?\"\n" % (
            os.path.abspath("command"), self.END))
        self.process.stdin.flush()
        said = ""
        while True:
            line = self.process.stdout.readline()
            if not line:
                return said.splitlines(), -1
            before, end, status = line.partition(self.END)
            said += before
            if end:
                return said.splitlines(), int(status)


def run(page, heading, user):
    words, shell = Words(), Shell()
    commands = dict(read(page)).get(heading)
    if not commands:
        sys.exit("%s: no commands under '%s'" % (page, heading))
    for command in commands:
        try:
            text = words.in_command(command.text)
        except ValueError as error:
            fault(page, command.number, error)
        if not command.root:
            with open("as-user", "w", encoding="utf-8") as file:
                file.write(text + "\n")
            os.chmod("as-user", 0o644)
            text = "runuser -u %s -- bash as-user" % user
        said, status = shell.run(text)
        why = None
        why = None
        if (status != 0) != command.fails:
            why = "ended with status %d" % status
        elif not words.compare(command.expected, said):
            why = "said something else"
        if why:
            sys.exit("%s:%d: %s: %s\n--- the page\n%s\n--- the command\n%s" % (
                page, command.number, command.text, why,
                "\n".join(command.expected), "\n".join(said)))
        print("%s:%d: %s" % (os.path.basename(page), command.number, command.text))
    words.save()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        for title, under in read(sys.argv[1]):
            print(len(under), title)
    else:
        run(*sys.argv[1:])
