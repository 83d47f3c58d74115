# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of connections that is fair to each service and destination, whatever their number."""

from __future__ import annotations

from ._connection_rows import CLOSE_WAIT, ESTABLISHED, Row

STATES = (ESTABLISHED, CLOSE_WAIT)


class Sample:
    """Rows taken evenly out of those that are counted: all up to `most`, of more between half of that and `most`.

    Of the sockets with one key the first one is taken and then each (`mask` + 1)th. The order in which the kernel
    hands sockets out would not do: since Linux 6.14 those of one destination come in a row.
    """

    def __init__(self, most: int) -> None:
        """Start with taking all."""
        self.most = most
        self.mask = 0
        self.rows: list[tuple[int, Row]] = []

    def offer(self, family: int, row: Row) -> int:
        """Take a row when its state is of interest, and return the mask to go on with."""
        if row[0][0] in STATES:
            self.rows.append((family, row))
            if len(self.rows) > self.most:
                self.rows = self.rows[::2]
                self.mask = self.mask * 2 + 1
        return self.mask
