#!/bin/sh
# sideways.cgi of the bundle: finds the program in the folder "sideways" beside the document root, as ~/sideways for
# ~/public_html/gw/sideways.cgi. The folder must belong to whom this file belongs to: on a shared machine others can be named so too.
owner() { set -- $(ls -ldn "$1" 2>/dev/null); echo "$3"; }
say() { printf 'Status: 503\r\nContent-Type: text/plain\r\n\r\n%s\n' "$1"; exit 0; }
here=$(cd "$(dirname "$0")" && pwd -P)
up=$here
while [ -n "$up" ]; do
	up=${up%/*}
	[ -d "$up/sideways" ] && [ "$(owner "$up/sideways")" = "$(owner "$here")" ] || continue
	[ -x "$up/sideways" ] || say "The folder \"sideways\" of the bundle may not be entered by the user that programs run as here."
	[ -f "$up/sideways/bin/sideways" ] || continue
	[ -x "$up/sideways/sideways" ] && [ -x "$up/sideways/bin/sideways" ] && exec "$up/sideways/sideways"
	say "The program may not be run: give sideways/sideways and sideways/bin/sideways the mode 755."
done
say "The folder \"sideways\" of the bundle was not found: unpack the bundle beside the document root, in your home folder."
