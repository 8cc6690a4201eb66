# SPDX-License-Identifier: GPL-2.0-only
"""Pictures of figures, by gnuplot, as SVG."""

import statistics
import subprocess

from .errors import BedError

SIZE = "900,340"
LICENCE = "<!-- SPDX-License-Identifier: GPL-2.0-only -->"
SCRIPT = """\
set terminal svg size {size} dynamic font 'sans,11' background 'white'
set output '{file}'
$rows << end
{rows}
end
set multiplot layout 1,2
set key outside bottom horizontal
set xlabel '{title}'
set yrange [0:*]
set grid y
set style data histogram
set style histogram rowstacked
set style fill solid 0.8 noborder
set boxwidth 0.6
set ylabel 'stall, ms'
plot {stacks}
set ylabel 'blackout, median, us'
set style data linespoints
plot $rows using 0:{enter}:xtic(1) title 'enter' lw 2, $rows using 0:{leave} title 'leave' lw 2
unset multiplot
"""


def script(file, title, rows, phases):
    """What gnuplot is to do: phases of the stall one on the other, and beside them the blackouts."""
    lines = [" ".join(str(cell) for cell in (
        row["value"], *(row["phases_ms"].get(name, 0) for name in phases),
        *(statistics.median(row["blackouts_us"][way] or [0]) for way in ("enter", "leave")))) for row in rows]
    stacks = ", ".join(f"$rows using {number}{':xtic(1)' if number == 2 else ''} title '{name}'"
                       for number, name in enumerate(phases, 2))
    return SCRIPT.format(size=SIZE, file=file, title=title.replace("'", "''"), rows="\n".join(lines), stacks=stacks,
                         enter=len(phases) + 2, leave=len(phases) + 3)


def licensed(svg):
    """With the line that each of our files has, behind the one that says that it is XML; no blanks at the ends of lines."""
    head, *rest = (line.rstrip() for line in svg.strip().splitlines())
    return "\n".join([head, LICENCE, *rest, ""])


def draw(file, title, rows, phases):
    """Draws it; returns the file. BedError: gnuplot is missing, or refuses."""
    try:
        run = subprocess.run(["gnuplot"], input=script(file, title, rows, phases), capture_output=True, text=True,
                             check=False)
    except OSError as e:
        raise BedError(f"no gnuplot ({e.strerror}): it draws the figures; `make setup` installs it") from e
    if run.returncode or not file.exists():
        raise BedError(f"gnuplot did not draw {file.name}: {run.stderr.strip()}")
    file.write_text(licensed(file.read_text(encoding="utf-8")), encoding="utf-8")
    return file
