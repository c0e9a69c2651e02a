#!/usr/bin/python3
"""Looks at the bank from beside: watch.py URL OUT, the password in PGPASSWORD.  Ends with SIGTERM.

Every fifth of a second a line of JSON goes to OUT: the time, the pots of money (limit, spent, held), machines and their
numbers.  Before each look it commits a row of its own, whose number stands in the line when the commit was acknowledged:
so that what Patroni's PostgreSQL itself lost, if anything, is known apart from what the gateways lost.
"""
import json
import select
import signal
import sys
import time

import psycopg2
import psycopg2.extensions

EVERY_S = 0.2
PATIENCE_S = 4  # a frozen server's kernel still answers for it
POTS = "SELECT kind, scope, scope_id, period, starts_ms, limit_amount, spent_amount, held_amount FROM sideways.pot WHERE kind = 'money'"
MACHINES = "SELECT id, name, number, state FROM sideways.machine"


def wait(base):
    """Without it a query of psycopg2 waits for ever."""
    while (state := base.poll()) != psycopg2.extensions.POLL_OK:
        reads, writes = ([base], []) if state == psycopg2.extensions.POLL_READ else ([], [base])
        if not any(select.select(reads, writes, [], PATIENCE_S)):
            raise psycopg2.OperationalError(f"no answer within {PATIENCE_S} s")


def connect(url):
    base = psycopg2.connect(url, tcp_user_timeout=4000)
    base.autocommit = True
    return base


def look(base, number):
    with base.cursor() as cursor:
        cursor.execute("INSERT INTO public.watched (number) VALUES (%s)", (number,))
        seen = {"at": time.time(), "number": number}
        cursor.execute(POTS)
        seen["pots"] = cursor.fetchall()
        cursor.execute(MACHINES)
        seen["machines"] = cursor.fetchall()
        return seen


def main():
    url, out = sys.argv[1], open(sys.argv[2], "a", encoding="utf-8")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    psycopg2.extensions.set_wait_callback(wait)
    base, number = None, 0
    while True:
        try:
            if base is None:
                base = connect(url)
                with base.cursor() as cursor:
                    cursor.execute("CREATE TABLE IF NOT EXISTS public.watched (number bigint PRIMARY KEY)")
            number += 1
            line = look(base, number)
        except psycopg2.Error as error:
            line = {"at": time.time(), "error": str(error).strip().split("\n", maxsplit=1)[0]}
            base = None
        out.write(json.dumps(line) + "\n")
        out.flush()
        time.sleep(EVERY_S)


main()
