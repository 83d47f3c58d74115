# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing modules of the collection out of the zip file in which Ansible sends them."""

from __future__ import annotations

import os
import pkgutil
import sys
import zipimport


class CompiledOnce(zipimport.zipimporter):
    """An importer of modules in a zip file that compiles each of them once.

    Python's own compiles a module to tell the name of its file, for which importlib asks before it loads the module
    (spec_from_loader in Lib/importlib/_bootstrap.py, get_filename in Lib/zipimport.py), and compiles it again then.
    """

    def get_filename(self, fullname: str) -> str:
        """Return the name of the file of a module that is no package."""
        return os.path.join(self.archive, self.prefix, fullname.rpartition(".")[2] + ".py")


def compile_once(package: str) -> None:
    """Let what is imported from `package`, which holds no packages, be compiled once, if it comes out of a zip file."""
    for path in sys.modules[package].__path__:
        if isinstance(pkgutil.get_importer(path), zipimport.zipimporter):
            sys.path_importer_cache[path] = CompiledOnce(path)
