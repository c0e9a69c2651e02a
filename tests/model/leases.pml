/*
 * The protocol of leases: what the tills of P processes and the bank tell each other about W windows.
 *
 * The bank's steps are transactions (d_step).  A process keeps in memory what it may still hand out
 * (idle), the call it makes, and what it has not reported; its journal outlives it, but not a power
 * cut.  A report carries a number, costs, what is given back and what is wanted; it may be delivered
 * twice, late, and after its sender has died, and its answer is read whenever it is there.
 *
 * A call needs BOUND in every window (with PERIODS: in the present one) and costs 1 to BOUND.  `served`
 * is what the provider bills: nobody here reads it but the assertions.  Nothing polls: who was refused
 * tries again when money has come back (tried[] is cleared).  So when nothing can happen any more
 * (timeout), everybody must have finished: who is not, waits for ever.
 *
 *	never charged above the limit     spent + held <= highest limit, after every transaction
 *	every call is covered             served <= spent + held, always
 *	every hold ends once              spent == what the calls and the losses add up to, at the end
 *	after recovery nothing is held    held == 0, at the end
 *	no call waits for ever            all have finished, at the end
 *
 * Each STRUCK_... takes one rule away; tests/model/run shows that each of them is then found missing.
 */
#ifndef P
#define P 2 /* processes */
#endif
#ifndef W
#define W 1 /* windows */
#endif
#ifndef CALLS
#define CALLS 2 /* of each process */
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef POWER_CUTS
#define POWER_CUTS 0
#endif
#ifndef ZOMBIES
#define ZOMBIES 0 /* judged dead from another pid namespace, and living */
#endif
#ifndef LOWERS
#define LOWERS 0 /* of the limit */
#endif
#ifndef PERIODS
#define PERIODS 0 /* 1: the windows follow one another */
#endif
#ifndef COPIES
#define COPIES 2 /* deliveries of one report at most */
#endif
#ifndef LIMIT
#define LIMIT 4
#endif
#define BOUND 2
#define REPORTS 30
#define SIZE  4 /* of a lease, where that much is free */

#define AT(p, w) ((p) * W + (w))

/* ---- the bank ---- */
byte limit[W] = LIMIT, highest[W] = LIMIT;
byte spent[W], held[W];
byte lease[P * W];    /* what is left of it in the bank's eyes */
byte reported[P * W]; /* costs, since it began */
byte number[P];       /* of the last report */
byte given[P * W];    /* by the last report */
bool refused[P];      /* by the last report */
bool gone[P];         /* recovered, or given up as lost */
bool revision, recall[P], tried[P];
bool closing;         /* the gateway is stopped */
byte now;             /* the present period */

/* ---- processes ---- */
byte idle[P * W], unreported[P * W];
byte made[P];         /* calls */
bool seen[P];         /* the revision */
bool calling[P], billed[P], waiting[P], finished[P], dead[P];
byte from[P], to[P];  /* the windows of the running call */

/* A report that is under way, and the one before it, which may come once more. */
byte sent[P], copies[P], cost[P * W], back[P * W], want[P * W];
bool pending[P];
byte late_cost[P * W], late_back[P * W];
bool late[P];

/* ---- journals ---- */
byte written_ended[P * W];
bool written_open[P];
bool boot_is_old[P];

/* ---- what is true ---- */
byte served[W];    /* billed by the provider */
byte counted[W];   /* what has to be charged: ended calls, unknown ones in full, losses */
byte ended[P * W]; /* costs of ended calls */

byte crashes = CRASHES, power_cuts = POWER_CUTS, zombies = ZOMBIES, lowers = LOWERS;

/* For loops within transactions; 0 between them, so that they make no states. */
byte i, j, charge;
bool fits, whole, some, believed;

inline check()
{
	for (i : 0 .. W - 1) {
		assert(spent[i] + held[i] <= highest[i]);
		assert(served[i] <= spent[i] + held[i])
	}
	i = 0
}

/* Those who were refused try again. */
inline call_all()
{
#ifdef STRUCK_CALL
	skip
#else
	for (j : 0 .. P - 1) {
		tried[j] = false
	}
	j = 0
#endif
}

/* A whole lease in each window that is wanted, else just what the call lacks, or nothing in any. */
inline give(p)
{
	fits = true;
	whole = true;
	some = false;
	for (i : 0 .. W - 1) {
		some = some || want[AT(p, i)] > 0;
		fits = fits && (want[AT(p, i)] == 0 || spent[i] + held[i] + want[AT(p, i)] <= limit[i]);
		whole = whole && (want[AT(p, i)] == 0 || spent[i] + held[i] + SIZE <= limit[i])
	}
#ifdef STRUCK_GUARD
	fits = true;
	whole = true;
#endif
#ifdef STRUCK_LEAST
	fits = whole;
#endif
	for (i : 0 .. W - 1) {
		given[AT(p, i)] = (fits && want[AT(p, i)] > 0 -> (whole -> SIZE : want[AT(p, i)]) : 0);
		held[i] = held[i] + given[AT(p, i)];
		lease[AT(p, i)] = lease[AT(p, i)] + given[AT(p, i)]
	}
	refused[p] = some && !fits;
	if
	:: refused[p] ->
		tried[p] = true;
#ifndef STRUCK_RECALL
		for (i : 0 .. P - 1) {
			recall[i] = true
		}
#endif
	:: else
	fi;
	i = 0; fits = false; whole = false; some = false
}

inline book(p)
{
	for (i : 0 .. W - 1) {
		assert(lease[AT(p, i)] >= cost[AT(p, i)] + back[AT(p, i)]);
		spent[i] = spent[i] + cost[AT(p, i)];
		held[i] = held[i] - cost[AT(p, i)] - back[AT(p, i)];
		lease[AT(p, i)] = lease[AT(p, i)] - cost[AT(p, i)] - back[AT(p, i)];
		reported[AT(p, i)] = reported[AT(p, i)] + cost[AT(p, i)];
		some = some || back[AT(p, i)] > 0
	}
	i = 0;
	if
	:: some -> call_all()
	:: else
	fi;
	give(p)
}

#ifdef STRUCK_ZOMBIE_IS_TOLD
#define IS_GONE(p) false
#else
#define IS_GONE(p) gone[p]
#endif
#ifdef STRUCK_SAME_NUMBER
#define IS_NEXT(p) (sent[p] >= number[p])
#else
#define IS_NEXT(p) (sent[p] > number[p])
#endif

/* The bank receives the report that is under way.  The same number again changes nothing. */
inline deliver(p)
{
	d_step {
		copies[p]++;
		if
		:: !IS_GONE(p) && IS_NEXT(p) ->
			number[p] = sent[p];
			book(p)
		:: else
		fi;
		check()
	}
}

/* The report before this one comes once more: it is stale. */
inline deliver_late(p)
{
	d_step {
		late[p] = false;
		for (i : 0 .. W - 1) {
#ifdef STRUCK_LOWER_NUMBER
			assert(lease[AT(p, i)] >= late_cost[AT(p, i)] + late_back[AT(p, i)]);
			spent[i] = spent[i] + late_cost[AT(p, i)];
			held[i] = held[i] - late_cost[AT(p, i)] - late_back[AT(p, i)];
			lease[AT(p, i)] = lease[AT(p, i)] - late_cost[AT(p, i)] - late_back[AT(p, i)];
#endif
			late_cost[AT(p, i)] = 0;
			late_back[AT(p, i)] = 0
		}
		i = 0;
		check()
	}
}

/* The rest of a lease ends: `charge` of it is spent, the rest is free again. */
inline close_lease(p, w)
{
	assert(charge <= lease[AT(p, w)]);
	spent[w] = spent[w] + charge;
#ifdef STRUCK_IDLE_REST
	held[w] = held[w] - charge;
#else
	held[w] = held[w] - lease[AT(p, w)];
#endif
	lease[AT(p, w)] = 0
}

/* By whoever finds that the owner is dead.  A journal is believed under its own boot only; without
 * one, all of the lease is lost. */
inline recover(p)
{
	d_step {
#ifdef STRUCK_BOOT_ID
		believed = true;
#else
		believed = !boot_is_old[p];
#endif
		for (i : 0 .. W - 1) {
			if
			:: believed ->
				charge = written_ended[AT(p, i)] - reported[AT(p, i)] +
					(written_open[p] && from[p] <= i && i <= to[p] -> BOUND : 0)
			:: else ->
#ifdef STRUCK_LOST
				charge = 0
#else
				charge = lease[AT(p, i)]
#endif
			fi;
			/* Ended calls are counted already; so is what a lost lease holds of them. */
			if
			:: believed && calling[p] && from[p] <= i && i <= to[p] -> counted[i] = counted[i] + BOUND
			:: !believed -> counted[i] = counted[i] + lease[AT(p, i)] - (ended[AT(p, i)] - reported[AT(p, i)])
			:: else
			fi;
			close_lease(p, i);
#ifdef STRUCK_ONE_RECOVERS
			/* Another found the same and has charged it, too. */
			spent[i] = spent[i] + charge
#endif
		}
		gone[p] = true;
		calling[p] = false;
		i = 0; charge = 0; believed = false;
		call_all();
		check()
	}
}

/* Nothing can be said of its owner, which has not reported for long.  If it lives, it learns with its
 * next report that its lease is lost. */
inline give_up(p)
{
	d_step {
		zombies--;
		for (i : 0 .. W - 1) {
#ifdef STRUCK_LIVING_JOURNAL
			charge = written_ended[AT(p, i)] - reported[AT(p, i)] + (written_open[p] -> BOUND : 0);
#else
			charge = lease[AT(p, i)];
#endif
			counted[i] = counted[i] + charge - (ended[AT(p, i)] - reported[AT(p, i)]);
			close_lease(p, i)
		}
		gone[p] = true;
		i = 0; charge = 0;
		call_all();
		check()
	}
}

/* ---- the till ---- */

#ifdef STRUCK_CALL_STANDS
#define CALL_STANDS(p) false
#else
#define CALL_STANDS(p) calling[p] /* what comes back when its call ends is wanted, too */
#endif
#ifdef STRUCK_PERIOD
#define LEASE_OF(w) 0 /* of the window that has ended */
#else
#define LEASE_OF(w) (w)
#endif
#ifdef STRUCK_ALL_WINDOWS
#define IS_ASKED(w) ((w) == 0)
#else
#define IS_ASKED(w) true
#endif

/* All costs, what is idle and not needed, and what a call lacks. */
inline report(p, gives)
{
	d_step {
		recall[p] = recall[p] && (!(gives) || CALL_STANDS(p));
		for (i : 0 .. W - 1) {
			cost[AT(p, i)] = unreported[AT(p, i)];
			back[AT(p, i)] = 0;
			want[AT(p, i)] = 0;
			if
			:: (gives) || (PERIODS && i != LEASE_OF(now)) ->
				back[AT(p, i)] = idle[AT(p, i)];
				idle[AT(p, i)] = 0
			:: else
			fi;
			if
			:: waiting[p] && IS_ASKED(i) && (!PERIODS || i == LEASE_OF(now)) && idle[AT(p, i)] < BOUND ->
				want[AT(p, i)] = BOUND - idle[AT(p, i)]
			:: else
			fi
		}
		i = 0;
		sent[p]++;
		assert(sent[p] < REPORTS); /* else two take it from each other for ever */
		copies[p] = 0;
		pending[p] = true
	}
}

inline take_answer(p)
{
	d_step {
		pending[p] = false;
		for (i : 0 .. W - 1) {
			if
			:: IS_GONE(p) -> /* given up: stop using it */
				idle[AT(p, i)] = 0;
				unreported[AT(p, i)] = 0
			:: else ->
				idle[AT(p, i)] = idle[AT(p, i)] + given[AT(p, i)];
				unreported[AT(p, i)] = unreported[AT(p, i)] - cost[AT(p, i)];
				late_cost[AT(p, i)] = cost[AT(p, i)];
				late_back[AT(p, i)] = back[AT(p, i)]
			fi;
			given[AT(p, i)] = 0
		}
		late[p] = !IS_GONE(p);
		if
		:: IS_GONE(p) ->
			waiting[p] = false;
			made[p] = CALLS
		:: else -> waiting[p] = waiting[p] && refused[p]
		fi;
		i = 0
	}
}

/* The call takes its hold from what is idle, and the journal has it; or it waits. */
inline begin(p)
{
	d_step {
		from[p] = (PERIODS -> now : 0);
		to[p] = (PERIODS -> now : W - 1);
		fits = true;
		for (i : from[p] .. to[p]) {
			fits = fits && (!IS_ASKED(i) || idle[AT(p, LEASE_OF(i))] >= BOUND)
		}
		if
		:: fits ->
			for (i : from[p] .. to[p]) {
				/* A limit that was lowered is seen by the next request. */
				assert(spent[i] + held[i] <= limit[i] || gone[p]);
				idle[AT(p, LEASE_OF(i))] = (IS_ASKED(i) -> idle[AT(p, LEASE_OF(i))] - BOUND : 0)
			}
			made[p]++;
			calling[p] = true;
#ifndef STRUCK_START_LINE
			written_open[p] = true
#endif
		:: else ->
			from[p] = 0;
			to[p] = 0;
			waiting[p] = true;
			tried[p] = false
		fi;
		i = 0; fits = false
	}
}

/* The provider has billed c; nobody here knows it yet. */
inline bill(p, c)
{
	d_step {
		billed[p] = true;
		for (i : from[p] .. to[p]) {
			served[i] = served[i] + c
		}
		i = 0;
		check()
	}
}

inline settle(p, c)
{
	d_step {
		for (i : from[p] .. to[p]) {
			idle[AT(p, i)] = idle[AT(p, i)] + BOUND - c;
			unreported[AT(p, i)] = unreported[AT(p, i)] + c;
			ended[AT(p, i)] = ended[AT(p, i)] + c;
			counted[i] = (gone[p] -> counted[i] : counted[i] + c);
#ifndef STRUCK_END_LINE
			written_ended[AT(p, i)] = written_ended[AT(p, i)] + c
#endif
		}
#ifndef STRUCK_END_LINE
		written_open[p] = false;
#endif
		calling[p] = false;
		billed[p] = false;
		from[p] = 0;
		to[p] = 0;
		i = 0
	}
}

/* What it keeps in memory is gone; a call that runs may be billed up to its bound. */
inline die(p)
{
	dead[p] = true;
	for (j : 0 .. W - 1) {
		served[j] = ((calling[p] && !billed[p] && from[p] <= j && j <= to[p]) -> served[j] + BOUND : served[j]);
		idle[AT(p, j)] = 0;
		unreported[AT(p, j)] = 0
	}
	waiting[p] = false;
	billed[p] = false;
	j = 0
}

#define USES(p)	     (!dead[p] && !finished[p])
#define IS_IDLE(p)   (idle[AT(p, 0)] > 0 || idle[AT(p, W - 1)] > 0)
#define HAS_NEWS(p)  (IS_IDLE(p) || unreported[AT(p, 0)] > 0 || unreported[AT(p, W - 1)] > 0)
#define IS_COVERED(p) (PERIODS && idle[AT(p, LEASE_OF(now))] >= BOUND || !PERIODS && idle[AT(p, 0)] >= BOUND && (!IS_ASKED(W - 1) || idle[AT(p, W - 1)] >= BOUND))
#ifdef STRUCK_GRANT_IS_USED
#define USES_AT_ONCE(p) false
#else
#define USES_AT_ONCE(p) (WANTS(p) && IS_COVERED(p)) /* what was given for a call is not called back before it has begun */
#endif
#define IS_SPENT(w)  (limit[w] < spent[w] + BOUND)
#define WANTS(p)     (made[p] < CALLS && !calling[p] && !waiting[p])
#ifdef STRUCK_REVISION
#define SEES(p) true
#else
#define SEES(p) (seen[p] == revision)
#endif

active [P] proctype till()
{
	byte me = _pid;

top:
	do
	:: atomic { USES(me) && !pending[me] && WANTS(me) && SEES(me) -> begin(me) }
	:: atomic { USES(me) && !SEES(me) && !pending[me] && WANTS(me) -> seen[me] = revision;
		if
		:: HAS_NEWS(me) -> report(me, true)
		:: else
		fi }
	:: atomic { USES(me) && calling[me] && !billed[me] -> bill(me, 1); goto billed_1 }
	:: atomic { USES(me) && calling[me] && !billed[me] -> bill(me, BOUND); goto billed_bound }
	/* Waiting: again when it was called. */
	:: atomic { USES(me) && !pending[me] && waiting[me] && !tried[me] && !recall[me] -> report(me, false) }
	/* Costs, too: they decide whether it is a refusal. */
	:: atomic { USES(me) && !pending[me] && recall[me] && HAS_NEWS(me) && !USES_AT_ONCE(me) -> report(me, true) }
	:: atomic { USES(me) && !pending[me] && recall[me] && !HAS_NEWS(me) && !CALL_STANDS(me) -> recall[me] = false }
	/* A refusal is told only when the money is spent. */
	:: atomic { USES(me) && !pending[me] && waiting[me] && tried[me] && (PERIODS && IS_SPENT(now) || !PERIODS && (IS_SPENT(0) || IS_SPENT(W - 1))) ->
		waiting[me] = false; made[me] = CALLS }
	:: atomic { USES(me) && pending[me] && (number[me] == sent[me] || gone[me]) && copies[me] > 0 -> take_answer(me) }
	/* Without requests it keeps what it has, until that is called back or the gateway is stopped. */
	:: atomic { USES(me) && !pending[me] && closing && HAS_NEWS(me) -> report(me, true) }
	:: atomic { USES(me) && !pending[me] && closing && !HAS_NEWS(me) -> finished[me] = true; break }
	:: atomic { dead[me] -> break }
	od;
	goto over;
billed_1:
	if
	:: atomic { !dead[me] -> settle(me, 1); goto again }
	:: dead[me] -> goto over
	fi;
billed_bound:
	if
	:: atomic { !dead[me] -> settle(me, BOUND); goto again }
	:: dead[me] -> goto over
	fi;
again:
	goto top;
over:
	skip
}

/* The way to the bank, and what befalls a process. */
active [P] proctype fate()
{
	byte p = _pid - P;

end_fate:
	do
	:: atomic { pending[p] && copies[p] < COPIES -> deliver(p) }
	:: atomic { late[p] -> deliver_late(p) }
	:: atomic { dead[p] && !gone[p] -> recover(p) }
	:: atomic { crashes > 0 && USES(p) -> d_step { crashes--; die(p); check() } }
	:: atomic { zombies > 0 && USES(p) && !gone[p] -> give_up(p) }
	od
}

active proctype world()
{
	byte p;

	do
	:: atomic { lowers > 0 -> lowers--; limit[0] = limit[0] - BOUND; revision = !revision }
	:: atomic { PERIODS && now + 1 < W -> now++; d_step { call_all() } }
	:: atomic { power_cuts > 0 && !finished[0] -> d_step {
		power_cuts--;
		for (p : 0 .. P - 1) {
			if
			:: USES(p) ->
				die(p);
				boot_is_old[p] = true;
				/* The end of the journal may be missing without a trace. */
				written_open[p] = false;
				for (i : 0 .. W - 1) {
					written_ended[AT(p, i)] = reported[AT(p, i)]
				}
				i = 0
			:: else
			fi
		}
		p = 0;
		check() } }
	:: timeout -> break
	od;
	skip; /* nothing can happen any more: nobody waits */
	d_step {
		for (p : 0 .. P - 1) {
			assert(dead[p] || (made[p] == CALLS && !calling[p] && !waiting[p]))
		}
		p = 0
	}
	closing = true;
	timeout;
	d_step {
		for (p : 0 .. P - 1) {
			assert(finished[p] || dead[p])
		}
		for (p : 0 .. W - 1) {
			assert(held[p] == 0);
			assert(spent[p] == counted[p]);
			assert(spent[p] >= served[p])
		}
	}
}
