# SPDX-License-Identifier: GPL-2.0-only
"""The plan of the house as SVG: parts side by side on the part that all stand on, rooms on floors,
an arrow from a room to each that it uses, but for those that a longer way says as well."""

from xml.sax.saxutils import escape

from house_graph import floors, needed

BOX_HEIGHT, FLOOR_GAP = 46, 40
BOX_GAP, WAY = 18, 14    # between boxes; what an arrow that passes a floor takes of it
MARGIN, TITLE = 16, 26
STYLE = """
text { font-family: sans-serif; fill: #222 }
.title { font-size: 15px; font-weight: bold }
.name { font-size: 14px; font-weight: bold; text-anchor: middle }
.words { font-size: 11px; fill: #555; text-anchor: middle }
.part { fill: #f4f4f0; stroke: #999 }
.room { fill: #fff; stroke: #444 }
.arrow { fill: none; stroke: #444; marker-end: url(#head) }
.seam { fill: none; stroke: #b05000; stroke-dasharray: 5 3; marker-end: url(#seam-head) }
.seam-name { font-size: 10px; fill: #b05000 }
"""


class Node:
    """A room, or (words None) where an arrow passes a floor."""

    def __init__(self, name, words):
        self.name, self.words = name, words
        self.width = WAY if words is None else 24 + max(9 * len(name), 6.3 * len(words))
        self.x = self.y = 0.0  # middle, top
        self.below = []


class Panel:
    """One part, laid out: floors of nodes, from the lowest."""

    def __init__(self, plan, part):
        self.title = f"{part}: {plan.parts[part]}"
        rooms = [room for room in plan.rooms if plan.part_of(room) == part]
        uses = {room: {other for other in plan.uses[room] if other in rooms} for room in rooms}
        level = floors(uses)
        self.nodes = {room: Node(room, plan.rooms[room][1]) for room in rooms}
        self.rows = [[self.nodes[room] for room in rooms if level[room] == floor]
                     for floor in range(max(level.values()) + 1)]
        self.arrows = [self._way(level, room, other)
                       for room in rooms for other in sorted(needed(uses)[room], key=rooms.index)]
        for below, row in zip(self.rows, self.rows[1:]):
            self._order(below, row)
        widths = [sum(node.width for node in row) + BOX_GAP * (len(row) - 1) for row in self.rows]
        self.width = max(*widths, 9.5 * len(self.title)) + 2 * MARGIN
        self.height = TITLE + MARGIN + len(self.rows) * (BOX_HEIGHT + FLOOR_GAP) - FLOOR_GAP + MARGIN

    def _way(self, level, room, other):
        """The nodes along an arrow, one a floor."""
        way = [self.nodes[room]]
        for floor in range(level[room] - 1, level[other], -1):
            way.append(Node(f"{room} to {other}", None))
            self.rows[floor].append(way[-1])
        way.append(self.nodes[other])
        for upper, lower in zip(way, way[1:]):
            upper.below.append(lower)
        return way

    @staticmethod
    def _order(below, row):
        """Puts a floor in the order of what it uses below, so that few arrows cross."""
        place = {node: number for number, node in enumerate(below)}
        row.sort(key=lambda node: sum(place[other] for other in node.below) / max(1, len(node.below)))

    def place(self, left, bottom):
        """Gives each node its place; the panel stands on bottom."""
        self.left, self.top = left, bottom - self.height
        for floor, row in enumerate(self.rows):
            used = sum(node.width for node in row) + BOX_GAP * (len(row) - 1)
            spare = (self.width - used) / (len(row) + 1)
            x = left + spare
            for node in row:
                node.x = x + node.width / 2
                node.y = bottom - MARGIN - (floor + 1) * BOX_HEIGHT - floor * FLOOR_GAP
                x += node.width + BOX_GAP + spare


def _curve(points):
    """A path through points, upright at each."""
    text = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
    for (x, y), (to_x, to_y) in zip(points, points[1:]):
        bend = (to_y - y) / 2
        text += f" C{x:.0f},{y + bend:.0f} {to_x:.0f},{to_y - bend:.0f} {to_x:.0f},{to_y:.0f}"
    return text


def _arrow(way):
    points = [(way[0].x, way[0].y + BOX_HEIGHT)]
    for node in way[1:-1]:
        points += [(node.x, node.y), (node.x, node.y + BOX_HEIGHT)]
    return f'<path class="arrow" d="{_curve([*points, (way[-1].x, way[-1].y)])}"/>'


def _room(node):
    left = node.x - node.width / 2
    return (f'<rect class="room" x="{left:.0f}" y="{node.y:.0f}" width="{node.width:.0f}" '
            f'height="{BOX_HEIGHT}" rx="5"/>'
            f'<text class="name" x="{node.x:.0f}" y="{node.y + 19:.0f}">{escape(node.name)}</text>'
            f'<text class="words" x="{node.x:.0f}" y="{node.y + 36:.0f}">{escape(node.words)}</text>')


def _panel(panel):
    lines = [f'<rect class="part" x="{panel.left:.0f}" y="{panel.top:.0f}" width="{panel.width:.0f}" '
             f'height="{panel.height:.0f}" rx="8"/>',
             f'<text class="title" x="{panel.left + MARGIN:.0f}" y="{panel.top + 24:.0f}">'
             f'{escape(panel.title)}</text>']
    lines += [_arrow(way) for way in panel.arrows]
    return lines + [_room(node) for node in panel.nodes.values()]


def _seam(nodes, upper, lower, header):
    """From the room that declares to the one that defines, above it."""
    shift = 22
    points = [(nodes[lower].x + shift, nodes[lower].y), (nodes[upper].x + shift, nodes[upper].y + BOX_HEIGHT)]
    x, y = ((points[0][at] + points[1][at]) / 2 for at in (0, 1))
    return [f'<path class="seam" d="{_curve(points)}"/>',
            f'<text class="seam-name" x="{x + 4:.0f}" y="{y:.0f}">{escape(header)}</text>']


def draw(plan):
    """The SVG's text. It depends on the plan alone."""
    grounds = [Panel(plan, part) for part in plan.parts if not plan.links[part]]
    upper = [Panel(plan, part) for part in plan.parts if plan.links[part]]
    across = max(sum(panel.width + MARGIN for panel in row) - MARGIN for row in (grounds, upper) if row)
    for row in (grounds, upper):  # the wider ones share what is left
        spare = across - sum(panel.width + MARGIN for panel in row) + MARGIN
        for panel in row:
            panel.width += spare / len(row)
    high = max((panel.height for panel in upper), default=0)
    ground = MARGIN + high + FLOOR_GAP
    bottom = ground + max(panel.height for panel in grounds)
    lines = []
    for row, y in ((upper, MARGIN + high), (grounds, bottom)):
        left = MARGIN
        for panel in row:
            panel.place(left, y)
            lines += _panel(panel)
            left += panel.width + MARGIN
    for panel in upper:
        middle = panel.left + panel.width / 2
        lines.append(f'<path class="arrow" d="M{middle:.0f},{MARGIN + high:.0f} V{ground:.0f}"/>')
    nodes = {room: node for panel in [*upper, *grounds] for room, node in panel.nodes.items()}
    for header, room in plan.seams.items():
        lines += _seam(nodes, room, plan.room_of(header), header.rsplit("/", 1)[-1])
    width, height = across + 2 * MARGIN, bottom + MARGIN
    head = ('<marker id="{}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{}"/></marker>')
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- SPDX-License-Identifier: GPL-2.0-only; made by build-aux/house from build-aux/house.arrows -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{STYLE}</style>",
        f"<defs>{head.format('head', '#444')}{head.format('seam-head', '#b05000')}</defs>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>', *lines, "</svg>", ""])
