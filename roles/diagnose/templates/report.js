// Copyright: (c) 2026, The netdoctor authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
// Adds comfort only: the page is complete without it.
(function () {
  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  document.querySelectorAll("pre.copy").forEach(function (block) {
    const copy = button("Copy", function () {
      const code = block.querySelector("code");
      const done = function () {
        copy.textContent = "Copied";
        setTimeout(function () { copy.textContent = "Copy"; }, 1500);
      };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(code.textContent).then(done, function () { select(code); });
      } else {
        select(code);
      }
    });
    copy.setAttribute("aria-label", "Copy, " + block.getAttribute("aria-label"));
    block.append(copy);
  });

  function addFilter(section, label) {
    const entries = section.querySelectorAll("details.card, details.host");
    if (entries.length < 8) { return; }
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = label;
    input.setAttribute("aria-label", label);
    const texts = Array.from(entries, function (entry) { return entry.textContent.toLowerCase(); });
    input.addEventListener("input", function () {
      const wanted = input.value.trim().toLowerCase();
      entries.forEach(function (entry, place) { entry.hidden = !texts[place].includes(wanted); });
      const quiet = section.querySelector("details.quiet");
      if (quiet && wanted) { quiet.open = true; }
    });
    section.querySelector("h2").after(input);
  }

  const findings = document.getElementById("findings");
  if (findings) { addFilter(findings, "Filter findings by text or host"); }
  addFilter(document.getElementById("hosts"), "Filter hosts by name or finding");

  function openTarget() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
    }
    if (target) { target.scrollIntoView(); }
  }
  addEventListener("hashchange", openTarget);
  openTarget();

  // Browsers without ::details-content print only what is open; the same is opened as in the style.
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.host, .quiet, .names, .possible, .info, .task)").forEach(function (box) { box.open = true; });
  });
})();
