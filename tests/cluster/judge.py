"""What the logs of provider, clients and watch prove, or do not.

A window is a (scope, name) with a limit; the provider bills keys by name, and a key belongs to a team.  Amounts are
nano-dollars, times are milliseconds since 1970.
"""
import bisect
import collections
import json
import re

CODES = {(429, "budget_exceeded"): "used up", (429, "budget_busy"): "held", (503, "store_unavailable"): "no bank", (503, "bank_unavailable"): "no bank",
         (503, "server_is_overloaded"): "overloaded"}
SLACK_MS = 15000  # a gateway knows a little later that all is whole


class Logs:
    def __init__(self, bills, answers, looks, names):
        """names: key's name -> the windows that it is charged in."""
        self.names = names
        self.answers = sorted((Answer(*fields) for fields in lines(answers, "\t", 7)), key=lambda a: a.began)
        self.bills = [(int(at), who, int(nano)) for at, who, nano in lines(bills, None, 3)]
        self.looks = [json.loads(line) for line in whole_lines(looks)]

    def billed(self):
        sums = collections.Counter()
        for _, who, nano in self.bills:
            for window in self.names[who]:
                sums[window] += nano
        return sums

    def served(self, began, ended, keys=None):
        return sum(a.status == 200 and began <= a.began and a.ended <= ended and (keys is None or a.key in keys) for a in self.answers)

    def kinds(self):
        return collections.Counter((a.gateway, a.kind()) for a in self.answers)

    def outages(self, began=0, ended=1 << 62):
        """Times within which the bank acknowledged nothing: (ms, ms)."""
        found, last = [], None
        for look in self.looks:
            at = int(look["at"] * 1000)
            if "error" not in look:
                if last is not None and at - last > 3000 and at >= began and last <= ended:
                    found.append((last, at))
                last = at
        return found

    def acknowledged(self):
        return [look["number"] for look in self.looks if "error" not in look]

    def went_back(self):
        """Machines whose number at the bank became lower: an acknowledged report is missing."""
        found, highest = [], {}
        for look in self.looks:
            for machine, name, number, _ in look.get("machines", ()):
                if number < highest.get(machine, 0):
                    found.append(f"{name}: {number} after {highest[machine]}")
                highest[machine] = max(number, highest.get(machine, 0))
        return found

    def above(self):
        """Looks in which a window had more spent and held than the highest limit that it had until then."""
        found, highest = [], {}
        for look in self.looks:
            for _, scope, scope_id, period, starts, limit, spent, held in look.get("pots", ()):
                name = (scope, scope_id, period, starts)
                highest[name] = max(limit, highest.get(name, 0))
                if spent + held > highest[name]:
                    found.append(f"{scope}:{scope_id} {period}: {spent} spent, {held} held of {highest[name]}")
        return found

    def refused_with_money(self, windows, bound, recall_s):
        """Refusals for money, told while the bank had more than a bound free in every window of the key, for all of recall_s.

        Not of a gateway that was not asked with this key before: it has nothing yet, and who finds its line full is told so.
        """
        times = [int(look["at"] * 1000) for look in self.looks]
        asked = collections.defaultdict(list)
        for a in self.answers:
            asked[a.gateway, a.key].append(a.began)
        found = []
        for a in self.answers:
            if a.kind() not in ("used up", "held"):
                continue
            first, last = bisect.bisect_left(times, a.ended - recall_s * 1000), bisect.bisect_right(times, a.ended)
            looks, before = self.looks[first:last], asked[a.gateway, a.key]
            was_asked = bisect.bisect_left(before, a.ended - 5 * recall_s * 1000) < bisect.bisect_left(before, a.ended - recall_s * 1000)
            if was_asked and len(looks) >= 3 and all("error" not in look and all(free(look, windows[w]) > bound for w in self.names[a.key]) for look in looks):
                found.append(f"gateway {a.gateway}, {a.key}, at {a.ended}: {a.why[:160]}")
        return found

    def without_reason(self, broken):
        """Answers that say that the bank is away, at times when nothing was broken; broken: (began, ended) of what was done."""
        return [f"gateway {a.gateway}, at {a.ended}: {a.why[:160]}" for a in self.answers
                if a.kind() == "no bank" and not any(began <= a.ended and a.began <= ended + SLACK_MS for began, ended in broken)]


def free(look, pot):
    for _, scope, scope_id, period, _, limit, spent, held in look["pots"]:
        if (scope, scope_id, period) == pot:
            return limit - spent - held
    return 1 << 62


class Answer:
    def __init__(self, began, ended, gateway, key, status, after, why):
        self.began, self.ended, self.gateway, self.key = int(began), int(ended), int(gateway), key
        self.status, self.after, self.why = int(status), int(after), why

    def kind(self):
        if self.status == 200:
            return "served"
        if self.status == 0:
            return "no answer"
        code = re.search(r'"code":"(\w+)"', self.why)
        if code:
            return CODES.get((self.status, code[1]), f"{self.status} {code[1]}")
        if self.status in (502, 504) and "<html>" in self.why:
            return "no gateway"  # nginx lives, the gateway does not
        return str(self.status)


def whole_lines(file):
    with open(file, encoding="utf-8", errors="replace") as text:
        return [line for line in text if line.endswith("\n")]


def lines(file, separator, count):
    split = (line.rstrip("\n").split(separator, count - 1) for line in whole_lines(file))
    return [fields for fields in split if len(fields) == count]
