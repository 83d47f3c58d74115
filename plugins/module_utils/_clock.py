# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of the peer, without which its logs cannot be laid beside those of others."""

from __future__ import annotations

import os
import struct
import typing as t

from . import _read

TIMEX = struct.Struct("@I4li")
"""Head of struct timex: modes, offset, freq, maxerror, esterror, status (adjtimex(2))."""

TIMEX_BYTES = 512
STA_UNSYNC = 0x40
STA_NANO = 0x2000
TIME_ERROR = 5
TIMESYNCD = "/run/systemd/timesync/synchronized"
UNASKED = "%s; in a container only its machine may ask, root or not"
CLOCK_SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource"


def read_timex() -> tuple[int, tuple[int, ...]]:
    """Return what the kernel knows of its clock: the state, and the head of struct timex. Raises OSError.

    Anyone may ask; some containers forbid the call.
    """
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    state = library.adjtimex(buffer)
    if state < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return state, TIMEX.unpack_from(buffer)


def discipline(state: int, timex: tuple[int, ...]) -> dict[str, t.Any]:
    """Return whether something keeps the clock right, and by how much it may be wrong (milliseconds)."""
    dummy, offset, dummy, worst_us, estimate_us, status = timex
    return {
        "synchronised": state != TIME_ERROR and not status & STA_UNSYNC,
        "offset_ms": round(offset / (1e6 if status & STA_NANO else 1e3), 3),
        "estimated_error_ms": round(estimate_us / 1e3, 3),
        "maximum_error_ms": round(worst_us / 1e3, 3),
    }


def _unanswered(error: OSError | AttributeError) -> dict[str, str]:
    """Return the source. Reading needs no right (adjtimex(2)), so root would not lift a refusal: it is no gap."""
    status = _read.status_of(error) if isinstance(error, OSError) else "absent"
    if status == "denied":
        return _read.source("adjtimex", "absent", UNASKED % error)
    return _read.source("adjtimex", status, str(error))


def collect(sources: list[dict[str, str]]) -> dict[str, t.Any]:
    """Return the clock: the kernel's word, or that of systemd-timesyncd where the kernel may not be asked."""
    clock: dict[str, t.Any] = {"source": (_read.read_text(CLOCK_SOURCE).text or "").strip() or None}
    try:
        clock.update(discipline(*read_timex()))
        sources.append(_read.source("adjtimex"))
    except (OSError, AttributeError) as error:
        sources.append(_unanswered(error))
        clock["synchronised"] = True if _read.read_text(TIMESYNCD).status == "ok" else None
    return clock
