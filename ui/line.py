"""The line that questions wait in: a few are answered at a time, the others know how many are ahead of them.

Invariant: whoever joined first is let in first, and no more than `places` are in at a time.
"""

from __future__ import annotations

from threading import Condition

from rag.errors import TooBusy


class Line:
    """A line for `places` at a time, with `most` in it at most; thread-safe."""

    def __init__(self, places: int = 8, most: int = 100) -> None:
        self.places, self.most = places, most
        self._tickets: list[Ticket] = []
        self._moved = Condition()

    def join(self) -> Ticket:
        """The last place in the line; raises `TooBusy` where it is full."""
        with self._moved:
            self.check()
            ticket = Ticket(self)
            self._tickets.append(ticket)
            return ticket

    def check(self) -> None:
        """Raises `TooBusy` where nobody can join just now."""
        with self._moved:
            if len(self._tickets) >= self.most:
                raise TooBusy(count=self.most - self.places)

    def ahead(self, ticket: Ticket) -> int:
        """How many must leave before this one is let in; 0 when it is in."""
        with self._moved:
            return max(0, self._tickets.index(ticket) + 1 - self.places)

    def wait(self, ticket: Ticket, seconds: float) -> int:
        """`ahead` after somebody left or at most `seconds`, at once for one that is in."""
        with self._moved:
            if self.ahead(ticket):
                self._moved.wait(seconds)
            return self.ahead(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Give the place up; leaving twice is fine."""
        with self._moved:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                self._moved.notify_all()


class Ticket:
    """A place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def ahead(self) -> int:
        """How many are ahead; 0 when it is this one's turn."""
        return self._line.ahead(self)

    def wait(self, seconds: float) -> int:
        """How many are ahead after a move or after `seconds`."""
        return self._line.wait(self, seconds)

    def leave(self) -> None:
        """Leave the line."""
        self._line.leave(self)
