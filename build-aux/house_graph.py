# SPDX-License-Identifier: GPL-2.0-only
"""Graphs as {node: set of nodes that it uses}: circles, floors, and arrows that say nothing new."""


def _components(uses):
    """Strongly connected components, each after those that it uses. Tarjan's, without recursion."""
    index, low, stack, waiting, found = {}, {}, [], set(), []
    for root in sorted(uses):
        if root in index:
            continue
        work = [(root, iter(sorted(uses[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while work:
            node, others = work[-1]
            for other in others:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    waiting.add(other)
                    work.append((other, iter(sorted(uses.get(other, ())))))
                    break
                if other in waiting:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    found.append(stack[at:])
                    waiting -= set(stack[at:])
                    del stack[at:]
    return found


def _shortest_circle(uses, members):
    """Through the first of members, which all reach each other: [node, node, ...]."""
    first = min(members)
    ways = [[first]]
    seen = set()
    for way in ways:  # grows while it is walked: breadth first
        for other in sorted(uses[way[-1]] & members):
            if other == first:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    raise ValueError("no circle")


def tangles(uses):
    """Groups of nodes that all reach each other, sorted."""
    return sorted(sorted(group) for group in _components(uses) if len(group) > 1)


def circles(uses):
    """One circle for each tangle: the nodes in the order of its arrows."""
    return [_shortest_circle(uses, set(group)) for group in tangles(uses)]


def floors(uses):
    """{node: floor}: 0 uses nothing, each other is one above the highest that it uses; a tangle has
    one floor."""
    found = {}
    for group in _components(uses):
        below = {other for node in group for other in uses.get(node, ())} - set(group)
        floor = max((found[other] + 1 for other in below), default=0)
        found.update(dict.fromkeys(group, floor))
    return found


def needed(uses):
    """The arrows without those that a longer way says as well. uses has no circle."""
    def reach(node, seen):
        for other in uses.get(node, ()):
            if other not in seen:
                seen.add(other)
                reach(other, seen)
        return seen

    return {node: {other for other in others
                   if not any(other in reach(way, set()) for way in others - {other})}
            for node, others in uses.items()}
