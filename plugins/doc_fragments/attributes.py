# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every fact module of the collection has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of a module that only reads and returns facts."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Reads only, so a run in check mode does the same as any other.
  diff_mode:
    support: none
    description: Nothing is changed, so there is nothing to compare.
  facts:
    support: full
    description: Returns facts that stay with the host for the rest of the play.
  platform:
    platforms: linux
    support: full
    description: Needs Linux and Python 3.7 or later, nothing else.
notes:
  - Works as an ordinary user; C(sources) in the returned fact says what could not be read and what root would add.
author:
  - The netdoctor authors (@netdoctor)
"""
