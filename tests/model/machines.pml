/*
 * The bank on another machine: what M machines and a bank that is replicated tell each other about one pot of money.
 *
 * What a machine does within itself is leases.pml; here it has a share of the pot, which it spends call by call.  It says
 * whole sums (spent, granted) under a number that rises, and what it wants; such a report may be delivered twice, late, or
 * not at all, and its answer may be lost: then the same is asked again, or, by a machine that has started again or looked
 * at its books anew, other sums under the same number.  Whichever comes first counts.
 *
 * The bank's steps are transactions.  The last one may not be at the standby yet: a failover forgets it or keeps it.  Its
 * answer is sent when the standby has it.  A leader that restarts shows it before that.  A machine that has not been heard
 * of may be given up as lost at any time, also while it lives and serves, being cut off.
 *
 *	never charged above the limit     spent + held <= limit, after every transaction
 *	every call is covered             served <= spent + held, always
 *	nothing is charged twice          spent == what the calls cost, at the end
 *	after recovery nothing is held    held == 0, at the end
 *	no call waits for ever            all have been made or refused, at the end
 *
 * Each STRUCK_... takes one rule away; tests/model/run shows that each of them is then found missing.
 */
#ifndef M
#define M 2 /* machines */
#endif
#ifndef CALLS
#define CALLS 2 /* of each machine */
#endif
#ifndef FAILOVERS
#define FAILOVERS 0
#endif
#ifndef RESTARTS
#define RESTARTS 0 /* of the leader, where no other is chosen */
#endif
#ifndef CUTS
#define CUTS 0 /* machines given up as lost that live */
#endif
#ifndef CRASHES
#define CRASHES 0 /* of machines; their disks stay */
#endif
#ifndef LOSSES
#define LOSSES 0 /* reports whose machine waits no longer for an answer, and makes a new one under the same number */
#endif
#ifndef COPIES
#define COPIES 2 /* deliveries of one report at most */
#endif
#ifndef LIMIT
#define LIMIT 4
#endif
#define BOUND	2
#define SIZE	3 /* given, where that much is free; else what is lacking */
#define REPORTS 20

/* ---- the bank, and what a failover would make of it */
byte spent, held;
byte granted[M], said[M], number[M], lost[M];
bool is_lost[M];
byte old_spent, old_held;
byte old_granted[M], old_said[M], old_number[M], old_lost[M];
bool old_is_lost[M];
bool ahead;	  /* the last transaction is not at the standby yet */
bool shows;	  /* and is seen all the same: the leader has restarted */
bool tried[M], recall[M];

/* ---- machines: what is on their disks, and the call that runs */
byte may[M], cost[M];	/* granted as it believes; spent, ended calls and those that nobody knows of */
byte report_number[M];
byte made[M];
bool calling[M], waiting[M];
byte told[M];		/* costs that the bank has acknowledged */
bool finished[M];
bool unsure[M];	/* it does not know what the bank has for it: it tells all, also where nothing seems new */
bool unanswered[M]; /* what became of its last report is not known: the next one has the same number */

/* ---- reports on their way: the present one, and the one before it, which may come once more */
bool pending[M], late[M];
byte r_cost[M], r_may[M], r_want[M], copies[M];
byte late_cost[M], late_may[M], late_number[M], late_want[M];
/* ---- and answers: `a_waits`, until the standby has what it speaks of */
bool answer[M], a_waits[M], refused[M];
bool made_anew[M]; /* the present report has the number of one that was given up */
bool again[M]; /* something else came under this number before: these sums are not booked */
byte a_granted[M];

byte served; /* billed by the provider: nobody here reads it but the assertions */
byte failovers = FAILOVERS, restarts = RESTARTS, cuts = CUTS, crashes = CRASHES, losses = LOSSES;
byte i, keeps, given;
bool closing;

#define HELD(g, s)	((g) > (s) -> (g) - (s) : 0)
#define IDLE(m)		(may[m] - cost[m] - (calling[m] -> BOUND : 0))
#define CAN_WRITE	(!ahead || shows)

inline check()
{
	assert(spent + held <= LIMIT);
	assert(served <= spent + held)
}

/* Before a transaction: what a failover would go back to. */
inline remember()
{
	if
	:: !ahead ->
		old_spent = spent; old_held = held;
		for (i : 0 .. M - 1) {
			old_granted[i] = granted[i]; old_said[i] = said[i]; old_number[i] = number[i];
			old_lost[i] = lost[i]; old_is_lost[i] = is_lost[i]
		}
	:: else
	fi;
	ahead = FAILOVERS > 0 || RESTARTS > 0;
	i = 0
}

/* So that states that differ in nothing else are one. */
inline forget()
{
	ahead = false; shows = false;
	old_spent = 0; old_held = 0;
	for (i : 0 .. M - 1) {
		old_granted[i] = 0; old_said[i] = 0; old_number[i] = 0; old_lost[i] = 0; old_is_lost[i] = false;
		a_waits[i] = false
	}
	i = 0
}

inline call_all()
{
#ifdef STRUCK_CALL
	skip
#else
	for (i : 0 .. M - 1) {
		tried[i] = false
	}
	i = 0
#endif
}

/* What stands at the bank for a machine is taken from the report, and more is given if it fits. */
inline book(m, c, g, want)
{
	keeps = g;
	spent = spent - said[m] + c;
	held = held - HELD(granted[m], said[m]) + HELD(keeps, c);
	given = 0;
	refused[m] = false;
	if
	:: want > 0 ->
		if
#ifdef STRUCK_GUARD
		:: true -> given = SIZE
#else
		:: spent + held + SIZE <= LIMIT -> given = SIZE
		:: spent + held + SIZE > LIMIT && spent + held + want <= LIMIT -> given = want
#endif
		:: else -> refused[m] = true;
			tried[m] = true;
#ifndef STRUCK_RECALL
			for (i : 0 .. M - 1) {
				recall[i] = true
			}
			i = 0
#endif
		fi
	:: else
	fi;
	/* What came back may be what another lacked. */
	if
	:: keeps < granted[m] || c > said[m] -> call_all(); tried[m] = refused[m]
	:: else
	fi;
	held = held + given;
	granted[m] = keeps + given;
	said[m] = c;
	keeps = 0; given = 0
}

/* A machine that was lost is there: what was charged is held for it again. */
inline come_back(m)
{
	if
	:: is_lost[m] ->
		remember();
#ifdef STRUCK_COMES_BACK
		granted[m] = said[m];
#else
		spent = spent - lost[m];
		held = held + lost[m];
#endif
		lost[m] = 0;
		is_lost[m] = false
	:: else
	fi
}

inline deliver(m)
{
	d_step {
		copies[m]++;
		come_back(m);
		if
		:: report_number[m] > number[m] ->
			remember();
			number[m] = report_number[m];
			book(m, r_cost[m], r_may[m], r_want[m]);
			a_waits[m] = ahead;
			again[m] = false
		:: else ->
			again[m] = made_anew[m];
			/* Answered from what stands here.  That is a transaction, too, so that its answer waits for the standby. */
#ifdef STRUCK_ANSWER_COMMITS
			a_waits[m] = false
#else
			a_waits[m] = ahead
#endif
		fi;
#ifdef STRUCK_ACK_WAITS
		a_waits[m] = false;
#endif
		answer[m] = true;
		a_granted[m] = granted[m];
		check()
	}
}

/* The same number again would be harmless: its sums are whole. */
#ifdef STRUCK_LOWER_NUMBER
#define COUNTS(m) (late_number[m] != number[m])
#else
#define COUNTS(m) (late_number[m] > number[m]) /* its sender has died, and nobody has seen it before */
#endif

/* The report before this one comes once more. */
inline deliver_late(m)
{
	d_step {
		late[m] = false;
		if
		:: COUNTS(m) ->
			come_back(m);
			remember();
			number[m] = (late_number[m] > number[m] -> late_number[m] : number[m]);
			book(m, late_cost[m], late_may[m], late_want[m])
		:: else
		fi;
		refused[m] = refused[m] && pending[m];
		late_cost[m] = 0; late_may[m] = 0; late_number[m] = 0; late_want[m] = 0;
		check()
	}
}

inline lose(m)
{
	d_step {
		cuts--;
		remember();
		is_lost[m] = true;
		lost[m] = HELD(granted[m], said[m]);
		held = held - lost[m];
#ifdef STRUCK_LOST_IS_CHARGED
		lost[m] = 0;
#endif
		spent = spent + lost[m];
		call_all();
		check()
	}
}

inline fail_over(keeps_last)
{
	d_step {
		failovers--;
		if
		:: keeps_last
		:: else ->
			spent = old_spent; held = old_held;
			for (i : 0 .. M - 1) {
				granted[i] = old_granted[i]; said[i] = old_said[i]; number[i] = old_number[i];
				lost[i] = old_lost[i]; is_lost[i] = old_is_lost[i]
			}
			i = 0
		fi;
		/* Whoever waited for an answer never gets it. */
		for (i : 0 .. M - 1) {
			answer[i] = answer[i] && !a_waits[i];
			a_granted[i] = (answer[i] -> a_granted[i] : 0);
			copies[i] = ((answer[i] || !pending[i]) -> copies[i] : 0)
		}
		forget();
		call_all();
		check()
	}
}

/* ---- a machine */

inline report(m, gives)
{
	d_step {
		assert(!pending[m]);
		r_cost[m] = cost[m];
		r_want[m] = ((waiting[m] && IDLE(m) < BOUND) -> BOUND - IDLE(m) : 0);
		r_may[m] = ((gives) -> may[m] - IDLE(m) : may[m]);
#ifndef STRUCK_LOWERS_FIRST
		may[m] = r_may[m];
#endif
		r_want[m] = ((waiting[m] && IDLE(m) < BOUND) -> BOUND - IDLE(m) : 0);
		recall[m] = recall[m] && (!(gives) || calling[m]); /* what comes back when its call ends is wanted, too */
		report_number[m] = (unanswered[m] -> report_number[m] : report_number[m] + 1);
		made_anew[m] = unanswered[m];
		unanswered[m] = false;
		assert(report_number[m] < REPORTS); /* else two take it from each other for ever */
		copies[m] = 0;
		answer[m] = false;
		pending[m] = true;
#ifdef STRUCK_TOLD_FIRST
		may[m] = may[m] + r_want[m]
#endif
	}
}

inline take_answer(m)
{
	d_step {
		pending[m] = false;
		answer[m] = false;
		may[m] = ((again[m] && r_may[m] < a_granted[m]) -> r_may[m] : a_granted[m]);
#ifdef STRUCK_AGAIN_IS_NOT_TOLD
		again[m] = false;
#endif
		told[m] = (again[m] -> told[m] : r_cost[m]);
		unsure[m] = again[m];
		again[m] = false; made_anew[m] = false;
		late[m] = true;
		late_cost[m] = r_cost[m]; late_may[m] = r_may[m]; late_want[m] = r_want[m]; late_number[m] = report_number[m];
		waiting[m] = waiting[m] && refused[m] && IDLE(m) < BOUND;
		a_granted[m] = 0; r_cost[m] = 0; r_may[m] = 0; r_want[m] = 0; copies[m] = 0; refused[m] = false
	}
}

/* No answer came: its way may have been there, or back; or it comes late. */
inline give_up(m)
{
	d_step {
		losses--;
		late[m] = true;
		late_cost[m] = r_cost[m]; late_may[m] = r_may[m]; late_want[m] = r_want[m]; late_number[m] = report_number[m];
		forget_report(m)
	}
}

/* What left the file for it may not have come to the bank. */
inline forget_report(m)
{
	unanswered[m] = unanswered[m] || pending[m];
#ifndef STRUCK_LOST_REPORT
	unsure[m] = true;
#endif
	pending[m] = false; answer[m] = false; a_waits[m] = false; a_granted[m] = 0; refused[m] = false; tried[m] = false;
	made_anew[m] = false; again[m] = false;
	r_cost[m] = 0; r_may[m] = 0; r_want[m] = 0; copies[m] = 0
}

/* Its disk stays: a call that ran is charged in full.  What it had asked for it does not know any more. */
inline crash(m)
{
	d_step {
		crashes--;
#ifdef STRUCK_ON_DISK
		may[m] = may[m] - cost[m] + told[m];
		cost[m] = told[m];
#endif
		cost[m] = cost[m] + (calling[m] -> BOUND : 0);
		served = served + (calling[m] -> BOUND : 0);
		calling[m] = false;
		waiting[m] = false;
		late[m] = pending[m];
		late_cost[m] = r_cost[m]; late_may[m] = r_may[m]; late_want[m] = r_want[m]; late_number[m] = (pending[m] -> report_number[m] : 0);
		forget_report(m);
		check()
	}
}

#define WANTS(m)    (made[m] < CALLS && !calling[m] && !waiting[m])
#define HAS_NEWS(m) (cost[m] > told[m] || unsure[m])

active [M] proctype machine()
{
	byte me = _pid;

	do
	:: atomic { WANTS(me) && IDLE(me) >= BOUND -> d_step { made[me]++; calling[me] = true } }
	:: atomic { WANTS(me) && IDLE(me) < BOUND && !pending[me] -> d_step { waiting[me] = true; tried[me] = false } }
	:: atomic { calling[me] -> d_step { calling[me] = false; cost[me] = cost[me] + 1; served = served + 1; check() } }
	:: atomic { calling[me] -> d_step { calling[me] = false; cost[me] = cost[me] + BOUND; served = served + BOUND; check() } }
	:: atomic { waiting[me] && IDLE(me) >= BOUND -> waiting[me] = false }
	:: atomic { waiting[me] && IDLE(me) < BOUND && !pending[me] && !tried[me] -> report(me, false) }
	:: atomic { !pending[me] && recall[me] && !WANTS(me) && (IDLE(me) > 0 || HAS_NEWS(me)) -> report(me, true) }
	:: atomic { !pending[me] && unsure[me] -> report(me, recall[me]) }
	:: atomic { recall[me] && !pending[me] && IDLE(me) == 0 && !HAS_NEWS(me) && !calling[me] -> recall[me] = false }
	/* A refusal is told only when the money is spent. */
	:: atomic { waiting[me] && tried[me] && !pending[me] && spent + BOUND > LIMIT -> waiting[me] = false; made[me] = CALLS }
	:: atomic { pending[me] && answer[me] && !a_waits[me] -> take_answer(me) }
	:: atomic { crashes > 0 && !closing -> crash(me) }
	:: atomic { losses > 0 && pending[me] -> give_up(me) }
	:: atomic { closing && !pending[me] && (may[me] > cost[me] || HAS_NEWS(me) || is_lost[me]) -> report(me, true) }
	:: atomic { closing && !pending[me] && may[me] == cost[me] && !HAS_NEWS(me) && !is_lost[me] -> finished[me] = true; break }
	od
}

/* The way to the bank of each machine. */
active [M] proctype way()
{
	byte m = _pid - M;

end_way:
	do
	:: atomic { pending[m] && copies[m] < COPIES && CAN_WRITE -> deliver(m) }
	:: atomic { late[m] && CAN_WRITE -> deliver_late(m) }
	:: atomic { late[m] && (LOSSES > 0 || CRASHES > 0) -> d_step { late[m] = false; late_cost[m] = 0; late_may[m] = 0; late_number[m] = 0; late_want[m] = 0 } }
	:: atomic { cuts > 0 && !is_lost[m] && CAN_WRITE && !closing -> lose(m) }
	od
}

active proctype bank()
{
end_bank:
	do
	:: atomic { ahead -> d_step { forget() } } /* the standby has it */
	:: atomic { ahead && failovers > 0 -> fail_over(true) }
	:: atomic { ahead && failovers > 0 -> fail_over(false) }
	:: atomic { ahead && !shows && restarts > 0 -> d_step {
		restarts--;
		shows = true;
		for (i : 0 .. M - 1) {
			answer[i] = answer[i] && !a_waits[i];
			copies[i] = (answer[i] -> copies[i] : 0)
		}
		i = 0 } }
	od
}

active proctype world()
{
	byte m;

	timeout;
	d_step {
		for (m : 0 .. M - 1) {
			assert(made[m] == CALLS && !calling[m] && !waiting[m])
		}
		m = 0
	}
	closing = true;
	timeout;
	d_step {
		for (m : 0 .. M - 1) {
			assert(finished[m]);
			given = given + cost[m]
		}
		assert(held == 0);
		assert(spent == given);
		assert(served <= spent)
	}
}
