# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd and its relatives write: a kind for each message of OpenSSH 3 to 10, and what it says of the peer.

Wording from the sources of openssh-portable, tags V_3_0_P1 to V_10_5_P1.
"""

from __future__ import annotations

WHO = (
    rb"(?:(?:(?:authenticating|invalid) )?user (?P<user>.*) (?=\S+ port \d))?"
    rb"(?P<address>\S+?)(?: port (?P<port>\d+))?"
)
"""The peer as packet.c writes it. A user name is free text, so the last address with a port is the real one."""

WHO_ALONE = (
    rb"(?:(?:(?:authenticating|invalid) )?user (?P<user>(?:(?! port \d+: ).)*) )?(?P<address>\S+)"
    rb"(?: port (?P<port>\d+))?: (?(user)(?!.* port \d+: ))"
)
"""The peer where a text of the client follows: of two addresses after a user name, either may be forged."""

ENDS = rb"(?:\s|$)"
AUTH_METHODS = "password publickey keyboard-interactive keyboard-interactive/pam none hostbased gssapi-with-mic rsa"
AUTH_HEADS = "|".join(
    "%s %s" % (result, method)
    for result in "Accepted Failed Postponed Partial".split()
    for method in AUTH_METHODS.split()
)
KEY = rb"[\w@.-]+ (?:SHA256:|MD5:|[0-9a-f]{2}:)\S+"

MESSAGES: tuple[tuple[str, str, bytes], ...] = (
    # kind, heads, pattern. A head of two words decides (one word and * only suggest, then the pattern decides); the
    # pattern also tells user, address, port, count, error or reason.
    ("server-listening", "Server listening", b""),
    ("listener-terminating", "Received signal", b""),
    ("listener-sighup", "Received SIGHUP;", b""),
    ("listener-restart-failed", "RESTART FAILED:", b""),
    ("bind-failed", "Bind to", b""),
    ("cannot-bind-any", "Cannot bind", b""),
    ("no-hostkeys", "sshd: no", b""),
    ("host-key-unusable", "Error|Could|Unable", rb"(?:Could not load|Unable to load|Error loading) host key"),
    (
        "privsep-directory",
        "Missing privilege|*",
        rb"Missing privilege|\S+ must be owned by root and not group or world-writable",
    ),
    ("privsep-user-missing", "Privilege separation", b""),
    (
        "bad-configuration",
        "*",
        rb"\S+: (?:line \d+: Bad configuration option: |terminating, \d+ bad configuration)"
        rb"|/\S+ line \d+: (?!Deprecated |Unsupported |[Ii]gnor)",
    ),
    (
        "helper-binary-missing",
        "*",
        rb"(?:\w+: )?(?:/\S+ does not exist or is not executable|r?exec of \S+ failed: (?P<error>.+))",
    ),
    ("accept-failed", "accept:", rb"accept: (?P<error>.+)"),
    (
        "listener-out-of-descriptors",
        "reexec|server_accept_loop:|pipe(startup_p):",
        rb"(?:server_accept_loop: )?(?:reexec socketpair|pipe\(startup_p\)): (?P<error>.+)",
    ),
    ("fork-failed", "*", rb"(?:\w+: )?fork: (?P<error>.+)"),
    ("maxstartups-begin", "beginning MaxStartups", b""),
    ("maxstartups-continues", "in MaxStartups", rb"in MaxStartups throttling for \S+, (?P<count>\d+) connections"),
    ("maxstartups-end", "exited MaxStartups", rb"exited MaxStartups throttling after \S+, (?P<count>\d+) connections"),
    (
        "drop-connection",
        "drop connection",
        rb"drop connection #(?P<startups>\d{1,9}) from \[(?P<address>[^\]]+)\]:(?P<port>\d+) on \[[^\]]*\]:\d+ "
        rb"(?P<reason>.+)",
    ),
    (
        "drop-rate-limited",
        "Maxstartups logging|PerSourcePenalties logging",
        rb"(?P<reason>\w+) logging rate-limited: additional (?P<count>\d+) connections dropped",
    ),
    ("penalty-new", "srclimit_penalise: ipv4:|srclimit_penalise: ipv6:", rb"\w+: ipv\d: new (?P<address>[^\s/]+)"),
    ("penalty-table-full", "srclimit_penalise: ipv4|srclimit_penalise: ipv6", rb".+ penalise (?P<address>[^\s/]+)"),
    ("penalty-activated", "srclimit_penalise:", rb"srclimit_penalise: (?P<address>[^\s/]+)\S*: activating"),
    ("ip-options", "Connection", rb"Connection from (?P<address>\S+)(?: port (?P<port>\d+))? with IP opt"),
    ("non-sftp-refused", "Connection", rb"Connection from " + WHO + rb": refusing non-sftp session"),
    ("connection-timed-out", "Connection", rb"Connection (?:from|to) " + WHO + rb" timed out$"),
    ("connection-from", "Connection", rb"Connection from (?P<address>\S+)(?: port (?P<port>\d+))?(?: on |$)"),
    ("connection-reset-by", "Connection reset", rb"Connection reset by " + WHO + ENDS),
    ("connection-closed-by", "Connection closed", rb"Connection closed by " + WHO + ENDS),
    (
        "reverse-dns-failed",
        "reverse mapping|Nasty PTR|Address|Could",
        rb"(?:reverse mapping checking getaddrinfo for \S+ \[|Address (?=\S+ maps to )|Could not reverse map address |"
        rb'Nasty PTR record "[^"]*" is set up for )(?P<address>[^\s\],]+?)(?=\.?(?:[\s\],]|$))',
    ),
    (
        "no-identification-string",
        "Did not",
        rb"Did not receive ident\w*(?: string)? from (?P<address>\S+?)\.?(?: port (?P<port>\d+))?$",
    ),
    (
        "bad-protocol-identification",
        "Bad protocol",
        rb"Bad protocol version identification '.*' from (?P<address>\S+)(?: port (?P<port>\d+))?$",
    ),
    (
        "could-not-write-banner",
        "Could",
        rb"Could not write ident string to (?P<address>\S+?)\.?(?: port (?P<port>\d+))?$",
    ),
    ("kexid-closed", "kex_exchange_identification: Connection", b""),
    ("kexid-read-error", "kex_exchange_identification: read:", rb"\w+: read: (?P<error>.+)"),
    ("kexid-invalid-identifier", "kex_exchange_identification: client", b""),
    ("kexid-bad-banner-line", "kex_exchange_identification: banner", b""),
    ("banner-exchange-fatal", "banner exchange:", rb"banner exchange: Connection from " + WHO + rb": (?P<error>.+)"),
    ("bad-remote-protocol", "Bad remote|Protocol major", b""),
    (
        "probe-or-scanner",
        "probed from|scanned from",
        rb"(?:prob|scann)ed from (?P<address>\S+)(?: port (?P<port>\d+))? with ",
    ),
    ("unable-to-negotiate", "no matching|Unable", rb"no matching|Unable to negotiate (?:with " + WHO_ALONE + rb"|)"),
    (
        "transport-corruption",
        "Bad packet|Corrupted MAC|padding error:|Disconnecting: Bad|Disconnecting: Corrupted",
        b"",
    ),
    ("disconnected-from", "Disconnected from", rb"Disconnected from " + WHO + ENDS),
    (
        "received-disconnect",
        "Received disconnect",
        rb"Received disconnect from (?P<address>\S+?)(?: port (?P<port>\d+):|: )",
    ),
    (
        "disconnecting",
        "Disconnecting: Too|Disconnecting authenticating|Disconnecting invalid|Disconnecting|Disconnecting:",
        rb"Disconnecting(?: " + WHO_ALONE + rb"|:? )",
    ),
    (
        "invalid-user",
        "Invalid user|Illegal user|input_userauth_request: invalid|input_userauth_request: illegal",
        rb"\w+ user (?P<user>.*) from (?P<address>\S+)(?: port (?P<port>\d+))?$|"
        rb"input_userauth_request: \w+ user (?P<user2>.*)",
    ),
    (
        "auth-result",
        AUTH_HEADS + "|Accepted|Failed|Postponed|Partial",
        # A user of this machine has no address in the name, so the first one counts whatever follows.
        rb"\w+ \S+ for (?!(?:invalid|illegal) user )(?P<user3>.*?) from (?P<address3>\S+)(?: port (?P<port3>\d+))?|"
        rb"\w+ \S+ for \w+ user (?P<user>.*?) from (?P<address>\S+)(?: port (?P<port>\d+))?(?: ssh\d)?(?:: "
        + KEY
        + rb")?$|"
        # with the name in a certificate, or cut short by syslog: one address, or none
        rb"\w+ \S+ for \w+ user (?P<user2>(?:(?! from \S+ port \d).)*) from (?P<address2>\S+) port (?P<port2>\d+)"
        rb"(?!.* from \S+ port \d)",
    ),
    (
        "max-auth-attempts",
        "maximum authentication",
        rb"\w+ \w+ attempts exceeded for (?:invalid user )?(?P<user>.*) from (?P<address>\S+) port (?P<port>\d+)",
    ),
    (
        "user-not-allowed",
        "User",
        rb"User (?P<user>.*) from (?P<address>\S+) not allowed because |User (?P<user2>.*) not allowed because ",
    ),
    (
        "account-expired",
        "Account|User",
        rb"Account (?P<user>\S+) has expired|User (?P<user2>\S+) password has expired",
    ),
    ("root-login-refused", "ROOT LOGIN", rb"ROOT LOGIN REFUSED FROM (?P<address>\S+)(?: port (?P<port>\d+))?"),
    (
        "refuse-connection",
        "administratively prohibited",
        rb".+? for (?:invalid user )?(?P<user>.*) from (?P<address>\S+) port (?P<port>\d+)",
    ),
    (
        "key-source-restricted",
        "*",
        rb"(?:.+: )?Authentication tried for (?P<user>\S+) with (?:correct key|valid certificate) but not from",
    ),
    ("authorized-keys-unusable", "Authentication", rb"Authentication refused(?: for (?P<user>\S+))?: "),
    (
        "algorithm-not-accepted",
        "userauth_pubkey:",
        rb"userauth_pubkey: (?:key type|signature algorithm) \S+ not in PubkeyAccepted",
    ),
    ("pam-account-denied", "Access denied", rb"Access denied for user (?P<user>.*) by PAM"),
    ("pam-session-failure", "PAM: pam_open_session():|PAM: pam_setcred():", b""),
    (
        "pam-auth-failure",
        "PAM:",
        rb"PAM: .+? for (?:(?:illegal|invalid) user )?(?P<user>.*) from (?P<address>\S+)(?: via \S+)?\s*$",
    ),
    (
        "login-grace-timeout",
        "Timeout before",
        rb"Timeout before authentication for (?:connection from )?(?P<address>[^\s,]+?)\.?"
        rb"(?: port (?P<port>\d+))?(?: |,|$)",
    ),
    (
        "preauth-child-died",
        "monitor_child_preauth:|privsep_preauth:|mm_reap:",
        rb"\w+: (?:preauth )?child (?:\d+ )?(?:exited with|terminated)",
    ),
    (
        "session-process-crash",
        "session process|Session process",
        rb"[sS]ession process \d+ (?:unpriv child crash )?for connection from (?P<address>\S+)",
    ),
    ("exiting-on-signal", "Exiting on", b""),
    ("unprivileged-fork-failed", "fork of", b""),
    (
        "session-start",
        "Starting session:",
        rb"Starting session: .* for (?P<user>\S+) from (?P<address>\S+) port (?P<port>\d+)",
    ),
    (
        "session-close",
        "Close session:",
        rb"Close session: user (?P<user>\S+) from (?P<address>\S+) port (?P<port>\d+)",
    ),
    (
        "transferred",
        "Transferred: sent|Closing connection",
        rb"Closing connection to (?P<address>\S+)(?: port (?P<port>\d+))?",
    ),
    (
        "session-read-error",
        "Read error",
        rb"Read error from remote host (?P<address>\S+?)(?: port (?P<port>\d+))?: (?P<error>.+)",
    ),
    ("client-alive-timeout", "Timeout, client", rb"Timeout, client not responding from " + WHO + ENDS),
    ("unused-connection-timeout", "terminating inactive", rb"terminating inactive connection from " + WHO + ENDS),
    ("no-more-sessions", "no more", b""),
    ("subsystem-failed", "subsystem", rb"subsystem request for .* by user (?P<user>\S+) failed, "),
    ("chroot-bad", "bad ownership|chroot path|Unable", rb"Unable to chdir to chroot path"),
    (
        "forward-refused",
        "refused local|Received request",
        rb"Received request from (?P<address>\S+) port (?P<port>\d+)",
    ),
    (
        "forward-connect-failed",
        "connect_to|connect",
        rb"connect_to \S+(?: port \d+)?: |connect to \S+ port \d+ failed: ",
    ),
    ("keepalive-setsockopt-failed", "setsockopt SO_KEEPALIVE:", rb"setsockopt SO_KEEPALIVE: (?P<error>.+)"),
    ("libwrap-refused", "refused connect", rb"refused connect from (?P<address2>\S+)(?: \((?P<address>[^)]+)\))?"),
    (
        "pam-session-opened",
        "pam_unix(sshd:session): session opened|pam_unix(sshd-session:session): session opened"
        "|(pam_unix) session opened|pam_unix(ssh:session):",
        rb".*? session opened for user (?P<user>[^\s(]+)",
    ),
    (
        "pam-session-closed",
        "pam_unix(sshd:session): session closed|pam_unix(sshd-session:session): session closed"
        "|(pam_unix) session closed|pam_unix(ssh:session):",
        rb".*? session closed for user (?P<user>\S+)",
    ),
    (
        "pam-auth-fail",
        "pam_unix(sshd:auth): authentication failure;|(pam_unix) authentication failure;|pam_unix(ssh:auth):",
        rb".*? rhost=(?P<address>\S+)(?:\s+user=(?P<user>\S+))?",
    ),
    ("pam-limits", "pam_limits(sshd:session):", rb"\S+ (?:Could not set limit|Too many logins|There were too many)"),
    ("dispatch-fatal", "*", rb"[\w]+(?:: [a-z_ ]+)?: Connection from " + WHO + rb": (?P<error>.+)"),
)

OTHERS: tuple[tuple[str, str, bytes], ...] = (
    # Wordings before OpenSSH 7, of libwrap and of PAM that have no kind above.
    ("write-failed", "Write failed:", rb"Write failed: (?P<error>.+)"),
    ("read-failed", "Read from", rb"Read from socket failed: (?P<error>.+)"),
    ("monitor-pipe-broken", "*", rb"(?:ssh_msg_|mm_request_)\w+: "),
    ("libwrap-warning", "warning:", rb"warning: (?:can't get client address: (?P<error>.+))?"),
    ("pam-more-failures", "PAM|(pam_unix)", rb"(?:PAM|\(pam_unix\)) \d+ more authentication failure"),
    ("pam-retries-ignored", "PAM service(sshd)", b""),
    (
        "pam-other",
        "pam_unix(sshd:auth): check pass;|(pam_unix) check pass;|*",
        rb"(?:pam_\w+(?:\(sshd?[\w:-]*\))?:|\(pam_unix\)) ",
    ),
    ("subsystem-request", "subsystem", rb"subsystem request for "),
    (
        "socket-error",
        "*",
        rb"[a-z_0-9]+: (?:[a-z_ ]+: )?"
        rb"(?P<error>Connection reset by peer|Broken pipe|Connection timed out|No route to host)$",
    ),
)

SFTP: tuple[tuple[str, str, bytes], ...] = (
    ("sftp-session-opened", "*", rb"session opened for local user (?P<user>\S+) from \[(?P<address>[^\]]*)\]"),
    ("sftp-session-closed", "*", rb"session closed for local user (?P<user>\S+) from \[(?P<address>[^\]]*)\]"),
    ("sftp-transfer-close", "*", rb'(?:forced )?close "'),
    ("sftp-bad-message", "*", rb"bad message from (?P<address>\S+) local user (?P<user>\S+)"),
    ("sftp-io-error", "*", rb"(?:\w+: )?(?:read|write): (?P<error>.+)"),
)
LOGIND: tuple[tuple[str, str, bytes], ...] = (
    ("logind-session", "*", rb"New session \S+ of user (?P<user>[^\s.]+)|Session \S+ logged out|Removed session "),
)
SYSTEMD: tuple[tuple[str, str, bytes], ...] = (
    ("systemd-socket-limit", "*", rb"\S*ssh\S*\.socket: (?:Trigger limit hit|Too many incoming connections)"),
)
