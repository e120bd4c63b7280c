"""Print measurements as Markdown and as plots."""
import subprocess

from measure import computing, quotients


def number(value):
    return format(value, ",")


def digits(value):
    """Format with three digits, or all digits before the point."""
    return "%.*f" % (2 if value < 10 else 1 if value < 100 else 0, value)


def seconds(value, *others):
    """Format a time; with OTHERS, a span of times in the unit of the last."""
    last = (others or [value])[-1]
    size, unit = next(((s, u) for s, u in ((1, "s"), (1e-3, "ms")) if last >= s), (1e-6, "µs"))
    return "%s %s" % ("–".join(digits(v / size) for v in (value, *others)), unit)


def memory(value):
    return "%s MiB" % digits(value / 2**20)


def span(ratios):
    """Format the minimum and maximum of ratios, or nothing if there are no ratios."""
    return "–".join(digits(ratio) for ratio in ratios if ratio is not None)


def code(line):
    return "`%s`" % line.replace("|", "\\|")


def verdict(ratio, target):
    return "met" if ratio >= target.ratio else "**missed**"


def table(header, rows):
    """Format a table. HEADER: the names of columns; > before a name: numbers."""
    lines = ["| %s |" % " | ".join(name.lstrip(">") for name in header),
             "| %s |" % " | ".join("---:" if name.startswith(">") else "---" for name in header)]
    return "\n".join(lines + ["| %s |" % " | ".join(row) for row in rows]) + "\n"


def comparisons(first, groups):
    """Format comparisons. GROUPS: a text for the column FIRST, and the commands of
    Bench.compare()."""
    rows = []
    for what, commands in groups:
        for command in commands:
            row = [what if command is commands[0] else "", code(command.line),
                   seconds(command.median),
                   seconds(min(command.times), max(command.times)), seconds(command.cpu)]
            if command is commands[0]:
                row += ["", "", "", "", ""]
            else:
                ratio, *rounds = quotients(command, commands[0])
                row += [digits(ratio), span(rounds), digits(computing(command, commands[0])[0])]
                row += ["≥ " + digits(command.target.ratio),
                        verdict(ratio, command.target)] if command.target else ["", ""]
            rows.append(row)
    return table([first, "command", ">median", ">min–max", ">CPU", ">ratio",
                  ">of rounds", ">of CPU", ">target", "result"], rows)


def judgements(judged):
    rows = [[j.what, j.target.words, "≥ " + digits(j.target.ratio), digits(j.ratio),
             span([j.minimum, j.maximum]), verdict(j.ratio, j.target)] for j in judged]
    return table(["what", "target", ">ratio wanted", ">reached", ">of rounds", "result"], rows)


COLORS = ["#1b6ca8", "#c8553d", "#7a7a7a", "#3d8361", "#8a5a9e", "#b58a1b"]

PLOT = """set terminal svg size 760,%d font 'sans-serif,13' background '#ffffff'
set encoding utf8
set output '%s.svg'
set title '%s'
set border lc rgb '#555555'
set grid %s lc rgb '#dddddd' lt 1
"""


def gnuplot(script):
    subprocess.run(["gnuplot"], input=script, check=True, text=True)


def plot_lines(name, title, labels, series):
    """Plot NAME.svg: a line for each of SERIES, a name and points. LABELS are the labels of
    the axes, which are logarithmic."""
    script = PLOT % (460, name, title, "xtics ytics")
    script += "set logscale xy\nset key left top reverse Left\nset format x '%.0f'\n"
    script += "set xlabel '%s'\nset ylabel '%s'\n" % labels
    plots = []
    for i, (label, points) in enumerate(series):
        script += "$d%d << E\n%s\nE\n" % (i, "\n".join("%g %g" % point for point in points))
        plots.append("$d%d using 1:2 with linespoints lw 2 pt 7 ps 0.6 lc rgb '%s' title '%s'"
                     % (i, COLORS[i % len(COLORS)], label))
    gnuplot(script + "plot " + ", ".join(plots) + "\n")
    return "![%s](%s.svg)\n" % (title, name)


def plot_bars(name, title, label, groups):
    """Plot NAME.svg: horizontal bars in groups, each a name and a list of names and values.
    The first bar of a group is shmtool's, in its colour."""
    bars, ticks, height = [], [], 0
    for group, values in groups:
        ticks.append("'{/:Bold %s}' %g" % (group, height))
        for i, (bar, value) in enumerate(values):
            height -= 1
            ticks.append("'%s' %g" % (bar, height))
            bars.append("%g %g %g %s" % (value, height, value, int(COLORS[i > 0][1:], 16)))
        height -= 1.5
    script = PLOT % (110 - 22 * height, name, title, "xtics")
    script += "$d << E\n%s\nE\n" % "\n".join(bars)
    script += "set xlabel '%s'\nset yrange [%g:0.8]\n" % (label, height + 0.7)
    script += "set xrange [0:*]\nset offsets 0, graph 0.08, 0, 0\n"
    script += "set style fill solid\nset ytics scale 0 (%s)\nunset key\n" % ", ".join(ticks)
    script += "plot $d using ($1/2):2:($1/2):(0.38):4 with boxxyerror lc rgb variable, " \
              "$d using 1:2:(sprintf('%.2f', $3)) with labels left offset 0.5,0\n"
    gnuplot(script)
    return "![%s](%s.svg)\n" % (title, name)
