#!/bin/bash
# lighttpd sends SIGTERM to a CGI program as soon as the answer that it announced is whole, while it still runs.
#
# One would guess: a CGI program may finish its work after its answer (write a log, commit what the call cost). The server reads until
# the end of its output, or has enough by Content-Length and lets it end by itself; signals are for clients that went away.
#
# What happens: with a Content-Length lighttpd takes the answer for complete when so many bytes have come, does not wait for the end of
# the output or for the exit, and kills the process with SIGTERM before it writes the answer to the client, who waits all the while.
# Without a Content-Length the same program gets no signal, and the client waits until it closes its output. So a program that takes
# SIGTERM for "the client left" (as with Apache) would give up what it has to do after every good answer.
#
# Seen on 2026-11-30 with lighttpd 1.4.69-1 (Debian 12), mod_cgi with its default settings (strace shows read, epoll_ctl DEL, kill, writev).
set -eu
work=$(mktemp -d)
trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download lighttpd=1.4.69-1 >/dev/null 2>&1
dpkg -x lighttpd_1.4.69-1_*.deb root
lighttpd=$work/root/usr/sbin/lighttpd modules=$work/root/usr/lib/lighttpd
cat >announced.cgi <<'SH'
#!/bin/bash
trap 'echo SIGTERM >>"$0.signals"' TERM
head=${0##*/announced.cgi}
[ -n "$head" ] || printf 'Content-Length: 3\r\n'
printf 'Content-Type: text/plain\r\n\r\nok\n'
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1 || :; done
echo ended >>"$0.signals"
SH
chmod +x announced.cgi
cp announced.cgi open.cgi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >lighttpd.conf <<CONF
server.document-root = "$work"
server.bind = "127.0.0.1"
server.port = $port
server.modules = ("mod_cgi")
server.errorlog = "$work/error.log"
cgi.assign = (".cgi" => "")
CONF
"$lighttpd" -m "$modules" -D -f lighttpd.conf &
pid=$!
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done
"$lighttpd" -v | head -1
for name in announced open; do
	answer=$(curl -s "http://127.0.0.1:$port/$name.cgi")
	for _ in $(seq 100); do grep -q ended "$name.cgi.signals" 2>/dev/null && break; sleep 0.1; done
	echo "$name: the client, who stayed, has '$answer'; the program: $(tr '\n' ' ' <"$name.cgi.signals")"
done
grep -q SIGTERM announced.cgi.signals && ! grep -q SIGTERM open.cgi.signals
