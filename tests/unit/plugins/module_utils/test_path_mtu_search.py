# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loss is not taken for a size that does not pass, nor the other way round."""

from __future__ import annotations

import random
import socket
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._path_mtu_search import path_mtu

HEADERS = 28


class Path:
    """An Echo over a path of a link of 1500 bytes that drops a share of the packets and those above `largest`."""

    family = socket.AF_INET

    def __init__(self, largest: int, loss: float = 0.0, tells: bool = False, seed: int = 0) -> None:
        self.largest, self.loss, self.tells = largest, loss, tells
        self.believed, self.sent = 1500, 0
        self.random = random.Random(seed)

    def mtu(self) -> int:
        return self.believed

    def exchange(self, size: int, wait_s: float) -> float | None:
        if size + HEADERS > self.believed:
            raise OSError(90, "Message too long")
        self.sent += 1
        if self.random.random() < self.loss:
            return None
        if size + HEADERS > self.largest:
            self.believed = self.largest if self.tells else self.believed
            return None
        return 0.1


def found(path: Path) -> tuple[int | None, bool]:
    """Return mtu_bytes and black_hole."""
    row = path_mtu(t.cast(t.Any, path), 0.5)
    assert row["link_mtu_bytes"] == 1500
    return row["mtu_bytes"], row["black_hole"]


def test_a_path_that_carries_all_takes_one_packet() -> None:
    path = Path(1500)
    assert found(path) == (1500, False)
    assert path.sent == 1


@pytest.mark.parametrize("largest", [576, 1000, 1400, 1499])
def test_a_black_hole_is_found_with_its_size(largest: int) -> None:
    path = Path(largest)
    assert found(path) == (largest, True)
    assert path.sent < 40


@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_what_an_icmp_error_tells_is_no_black_hole(loss: float) -> None:
    assert found(Path(1400, loss, tells=True)) == (1400, False)


@pytest.mark.parametrize("loss", [0.1, 0.3, 0.5, 0.7])
def test_loss_is_not_taken_for_a_black_hole(loss: float) -> None:
    answers = [found(Path(1500, loss, seed=seed)) for seed in range(1000)]
    assert sum(hole for dummy, hole in answers) <= 5
    assert {mtu for mtu, hole in answers if not hole} <= {1500, None}


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_a_black_hole_is_found_through_loss(loss: float) -> None:
    answers = [found(Path(1400, loss, seed=seed)) for seed in range(300)]
    assert sum(hole for dummy, hole in answers) >= 280
    assert all(mtu is None or mtu <= 1400 for mtu, dummy in answers)


def test_a_path_on_which_nothing_arrives_says_nothing_of_sizes() -> None:
    assert found(Path(1500, loss=1.0)) == (None, False)
