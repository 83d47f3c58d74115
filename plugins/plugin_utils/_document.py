# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report document: one mapping that holds everything the reports are written from."""

from __future__ import annotations

import datetime
import typing as t

from ._catalogue import merged
from ._evaluation import evaluate
from ._fixes import with_steps
from ._version import collection_version

SCHEMA_VERSION = "1.1"
"""Of roles/diagnose/files/report.schema.json."""

ENDS = ("client", "server", "server_address", "port")
"""What the user may name of the suspected flow."""

Entry = t.Mapping[str, t.Any]


def document(peers: t.Mapping[str, Entry], given: Entry, now: datetime.datetime | None = None) -> dict[str, t.Any]:
    """Return the report document of `peers`, which map names to {status, reason, facts, probes, trace}.

    `probes` are the rows of connections that the peer tried (module reachability_info), `trace` the resets that were
    watched on it (module reset_trace_info). Both may be left out, or stand in the facts `peer_probes.probes` and
    `peer_reset_trace.events`. `given` holds the topics of the catalogue as lists (`rules fixes causes`), what the user
    changes (`overrides waivers`), the declared way (`path path_kinds`) and what is suspected (`client server
    server_address port since`). Raises ValueError for a mistake in the catalogue or in what the user gave.
    """
    moment = now or datetime.datetime.now(datetime.timezone.utc)
    evaluated = evaluate(
        peers=peers,
        rules=merged(given["rules"]),
        fixes=with_steps(merged(given.get("fixes", ()))),
        causes=merged(given.get("causes", ())),
        overrides=given.get("overrides"),
        waivers=given.get("waivers") or (),
        path=given.get("path") or (),
        path_kinds=given.get("path_kinds"),
        suspected={key: given.get(key) for key in ENDS},
        now=moment,
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "collection_version": collection_version(),
        "invocation": invocation(given),
        **evaluated,
    }


def invocation(given: Entry) -> dict[str, t.Any]:
    """Return what the run was asked for; what was left out is None."""
    asked = {key: given.get(key) or None for key in ENDS}
    return {**asked, "window_s": given.get("window_s"), "since": given.get("since")}
