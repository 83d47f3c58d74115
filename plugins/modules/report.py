#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write the report of a diagnosis
version_added: 0.1.0
description:
  - Writes a report document of M(netdoctor.connection_reset.evaluate) as JSON, Markdown, HTML and JUnit XML.
  - Runs on the controller, once for all hosts; no host is connected to.
options:
  document:
    description: The report document.
    type: dict
    required: true
  directory:
    description: Directory for the files. It is made when it does not exist.
    type: path
    required: true
  formats:
    description: Files to write.
    type: list
    elements: str
    choices: [json, md, html, junit]
    default: [json, md, html, junit]
  console:
    description: Whether a short summary is printed.
    type: bool
    default: true
  fail_on:
    description: From what on C(exceeded) in the result is not empty. The task itself does not fail.
    type: str
    choices: [never, confirmed, likely, critical, warning, info]
    default: never
extends_documentation_fragment:
  - netdoctor.connection_reset.controller
attributes:
  check_mode:
    support: full
    description: Writes nothing and says whether the report would change.
  diff_mode:
    support: full
    description: Shows findings and diagnoses that are new or gone since the report in the same directory.
seealso:
  - module: netdoctor.connection_reset.evaluate
"""

EXAMPLES = r"""
- name: Write the report as a page for a ticket
  netdoctor.connection_reset.report:
    document: "{{ diagnose_evaluated.document }}"
    directory: /var/www/reports/connection-reset
    formats: [json, html]
  run_once: true
"""

RETURN = r"""
changed:
  description: Whether findings or diagnoses differ from the report that stood in the directory.
  returned: always
  type: bool
paths:
  description: Files of the report.
  returned: success
  type: list
  elements: str
exceeded:
  description: One line for each diagnosis or finding that is at least as grave as O(fail_on).
  returned: success
  type: list
  elements: str
result:
  description: What a caller needs of the report.
  returned: success
  type: dict
  contains:
    summary:
      description: Numbers of hosts; of diagnoses by verdict; of findings by severity.
      type: dict
      returned: always
    diagnoses:
      description: Causes with a verdict, the best first.
      type: list
      elements: dict
      returned: always
    report_dir: {description: Directory of the files., type: str, returned: always}
    paths: {description: Files of the report., type: list, elements: str, returned: always}
"""
