# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules have in common that work on the controller and change nothing."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of a module whose work is done by an action plugin on the controller."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing, so a run in check mode does the same as any other.
  diff_mode:
    support: none
    description: Nothing is changed, so there is nothing to compare.
  platform:
    platforms: all
    support: full
    description: Runs on the controller.
author:
  - The netdoctor authors (@netdoctor)
"""
