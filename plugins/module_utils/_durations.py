# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time as configuration languages write them, in seconds."""

from __future__ import annotations

import functools
import re
import typing as t

Units = t.Mapping[str, float]

SMALL = {"us": 1e-6, "ms": 1e-3}
CLOCK = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Notation(t.NamedTuple):
    """How a program writes time: its units in seconds, what a bare number counts, and what else it takes."""

    program: str
    units: Units
    bare: float = 1.0
    several: bool = False
    blanks: bool = False
    fractions: bool = False


HAPROXY = Notation("HAProxy", {**SMALL, **CLOCK}, bare=1e-3)
"""Source: parse_time_err() in src/tools.c."""

NGINX_UNITS = {"ms": 1e-3, **CLOCK, "w": 604800.0, "M": 2592000.0, "y": 31536000.0}
NGINX = Notation("nginx", NGINX_UNITS, several=True, blanks=True)
"""Source: ngx_parse_time() in src/core/ngx_parse.c."""

OPENSSH_UNITS = {**CLOCK, "w": 604800.0}
OPENSSH_UNITS.update({unit.upper(): seconds for unit, seconds in list(OPENSSH_UNITS.items())})
OPENSSH = Notation("OpenSSH", OPENSSH_UNITS, several=True)
"""Source: sshd_config(5), TIME FORMATS."""

POSTGRESQL = Notation(
    "PostgreSQL",
    {**SMALL, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    blanks=True,
    fractions=True,
)
"""The bare number counts in the unit of the parameter. Source: src/backend/utils/misc/guc.c."""

APACHE = Notation("Apache", {"ms": 1e-3, "s": 1.0, "sec": 1.0, "mi": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0})
"""Source: ap_timeout_parameter_parse() in server/util.c."""

SYSTEMD_NAMES = {
    1e-6: "usec us \u03bcs \u00b5s",
    1e-3: "msec ms",
    1.0: "seconds second sec s",
    60.0: "minutes minute min m",
    3600.0: "hours hour hr h",
    86400.0: "days day d",
    604800.0: "weeks week w",
    2629800.0: "months month M",
    31557600.0: "years year y",
}
SYSTEMD = Notation(
    "systemd",
    {name: seconds for seconds, names in SYSTEMD_NAMES.items() for name in names.split()},
    several=True,
    blanks=True,
    fractions=True,
)
"""Source: systemd.time(7), PARSING TIME SPANS."""


@functools.lru_cache(maxsize=16)
def _pattern(program: str, units: tuple[str, ...], blanks: bool, fractions: bool) -> re.Pattern[str]:
    number = r"\d{0,15}\.?\d{0,15}(?![\d.])" if fractions else r"\d{1,18}(?!\d)"
    unit = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    gap = r"[ \t]*" if blanks else ""
    return re.compile(r"%s(?P<number>%s)%s(?P<unit>%s)?%s" % (gap, number, gap, unit, gap), re.ASCII)


def parse_duration(text: str, notation: Notation, bare: float | None = None) -> float:
    """Return the seconds that `text` means; `bare` is what a number without a unit counts, if not as usual.

    `2m` is 120 in HAProxy and sshd, `1h30m` is 5400 in nginx and sshd, `5000` is 5 in HAProxy. Raises ValueError for
    what the program itself refuses.
    """
    pattern = _pattern(notation.program, tuple(notation.units), notation.blanks, notation.fractions)
    position, total, parts = 0, 0.0, 0
    while position < len(text):
        found = pattern.match(text, position)
        digits = found.group("number") if found else ""
        if found is None or not digits.strip(".") or (parts and not notation.several):
            break
        unit = found.group("unit")
        total += float(digits) * (notation.units[unit] if unit else notation.bare if bare is None else bare)
        position, parts = found.end(), parts + 1
    if not parts or position < len(text):
        raise ValueError("no span of time for %s: %.40r" % (notation.program, text))
    return round(total, 6)
