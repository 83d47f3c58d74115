# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of months in the times of logs. Daemons of syslog write the English ones, journalctl those of the locale."""

from __future__ import annotations

MONTH = rb"\d{0,2}[^\s\d<>\[\]:,]{2,13}"
"""A name, or a number and the word for month (11月)."""

LANGUAGES = """
Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez
janv févr mars avril mai juin juil août sept oct nov déc
ene feb mar abr may jun jul ago sep oct nov dic
gen feb mar apr mag giu lug ago set ott nov dic
jan fev mar abr mai jun jul ago set out nov dez
jan feb mrt apr mei jun jul aug sep okt nov dec
jan feb mars apr maj juni juli aug sep okt nov dec
jan feb mars april mai juni juli aug sep okt nov des
tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
jan febr márc ápr máj jún júl aug szept okt nov dec
sty lut mar kwi maj cze lip sie wrz paź lis gru
led úno bře dub kvě čen čec srp zář říj lis pro
ian feb mar apr mai iun iul aug sep oct nov dec
oca şub mar nis may haz tem ağu eyl eki kas ara
янв фев мар апр мая июн июл авг сен окт ноя дек
янв фев мар апр май июн июл авг сен окт ноя дек
січ лют бер кві тра чер лип сер вер жов лис гру
"""
"""abmon of the GNU C Library's locales (localedata/locales), without the dots that some have behind."""

MONTHS = {
    name.lower().encode("utf-8"): number
    for line in [*LANGUAGES.split("\n"), *(" ".join("%d%s" % (n, word) for n in range(1, 13)) for word in "月월")]
    for number, name in enumerate(line.split(), 1)
}


def month_number(name: bytes) -> int:
    """Return 1 to 12 for `Nov`, `11`, `nov.`, `11月`. Raises ValueError for what is no month."""
    known = MONTHS.get(name) or MONTHS.get(name.decode("utf-8", "replace").rstrip(".").lower().encode("utf-8"))
    return known or int(name)
