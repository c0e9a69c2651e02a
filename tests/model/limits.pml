/*
 * Limits a minute and at a time, with what P processes count ahead (leases of limits; app/accounts/rate_book.h).
 *
 * Time goes by in seconds, and everything is told by its age: bucket[0] is of the second that lies AHEAD of
 * the present one, bucket[AHEAD] of the present, bucket[AHEAD + MINUTE] of the oldest that a minute touches.
 * `made` is what the provider counts, by seconds: nobody here reads it but the assertions.
 *
 * A call takes its request and its slot from what its process has counted ahead, or exactly, in a
 * transaction of the bank.  It reaches the provider in that second or in the next.  A report gives back and asks for a lease; it may be delivered twice, late, and after
 * its sender has died.  Who was refused calls back what lies idle, and tries again when something came back or a
 * second has passed.
 *
 *	never above the limit             made in the seconds that a minute touches <= LIMIT, running <= SLOTS, always
 *	a lowered limit counts at once    for the next call
 *	no call waits in vain             with HURRY time stands still while anybody can do anything; when all stand still,
 *	                                  who waits finds no room in truth either
 *	all are served in the end         each has made its calls, and no slot is taken
 *
 * Each STRUCK_... takes one rule away; tests/model/run shows that each of them is then found missing.
 */
#ifndef P
#define P 2 /* processes */
#endif
#ifndef CALLS
#define CALLS 1 /* of each process */
#endif
#ifndef LIMIT
#define LIMIT 1 /* requests a minute */
#endif
#ifndef SLOTS
#define SLOTS 1 /* calls at a time */
#endif
#ifndef ASKS
#define ASKS 1 /* leases that a process asks for */
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef ZOMBIES
#define ZOMBIES 0 /* judged dead, and living: nobody has heard of them for long */
#endif
#ifndef LOWERS
#define LOWERS 0 /* of both limits */
#endif
#ifndef HURRY
#define HURRY 0
#endif
#ifndef MINUTE
#define MINUTE 1 /* seconds; it touches one more */
#endif
#ifndef SIZE
#define SIZE 1 /* requests and slots of a lease */
#endif
#define AHEAD 1
#define PAST  (AHEAD + MINUTE + 2)           /* ages from here on count no more: one for calls on their way */
#define SEEN  (MINUTE + HURRY * (1 + AHEAD)) /* calls that were on their way, or counted ahead, leave later */
#define TICKS (3 * (MINUTE + 1) + AHEAD)

#if defined STRUCK_TOUCHED_SECONDS
#define COUNTED (PAST - 2) /* as if a minute touched sixty seconds, and calls took no time */
#elif defined STRUCK_ON_THE_WAY
#define COUNTED (PAST - 1) /* as if they took none */
#else
#define COUNTED PAST
#endif
#ifdef STRUCK_AHEAD
#define LEASE_AGE AHEAD /* in the present second, and used in the next one, too */
#define LAST_AGE  (AHEAD + 1)
#else
#define LEASE_AGE 0
#define LAST_AGE  AHEAD
#endif
#ifdef STRUCK_IN_TIME
#define IN_TIME(p) true
#else
#define IN_TIME(p) (age[p] <= LAST_AGE)
#endif

/* ---- the bank ---- */
byte bucket[PAST], open;
byte limit = LIMIT, most = SLOTS;
bool done[P];      /* the report that was sent last */
bool given[P];     /* by it */
bool gone[P];      /* recovered, or given up */
byte leased[P];    /* slots */

/* ---- processes ---- */
byte idle[P], age[P], slots[P];
byte calls[P], asks[P];
byte way[P];       /* 1: it may reach the provider in the next second, too; 2: it was counted in the last one */
bool running[P], exact[P], waiting[P], tried[P], recall[P], dead[P];
bool stale[P];     /* the limits have changed since the lease was taken */

/* A report that is under way, and the one before it, which may come once more. */
bool pending[P], late[P], want[P];
byte copies[P], back[P], back_slots[P], want_age[P]; /* what goes back is as old as age[p]: no answer has changed it */
byte late_back[P], late_age[P], late_slots[P];

/* ---- what is true ---- */
byte made[SEEN + 1];
byte crashes = CRASHES, zombies = ZOMBIES, lowers = LOWERS, ticks;
bool closing;

#define BUSY(p) (running[p] || way[p] > 0)

/* For loops within transactions; 0 between them. */
byte i, sum;

/* Into `sum`. */
inline sum_made(last)
{
	sum = 0;
	for (i : 0 .. last) {
		sum = sum + made[i]
	}
	i = 0
}

inline sum_counted()
{
	sum = 0;
	for (i : 0 .. COUNTED - 1) {
		sum = sum + bucket[i]
	}
	i = 0
}

inline call_all()
{
#ifdef STRUCK_ROOM_CALL
	skip
#else
	for (i : 0 .. P - 1) {
		tried[i] = false
	}
	i = 0
#endif
}

/* What is made and on its way is within the limits, also where they were just lowered. */
inline start(p)
{
	calls[p]++;
	way[p] = 1;
	waiting[p] = false;
	tried[p] = false;
	sum_made(MINUTE);
	for (i : 0 .. P - 1) {
		sum = sum + (way[i] > 0)
	}
	assert(sum <= limit);
	sum = 0;
	for (i : 0 .. P - 1) {
		sum = sum + BUSY(i)
	}
	assert(sum <= most);
	i = 0; sum = 0
}

/* The provider counts the call. */
inline make(p)
{
	d_step {
		way[p] = 0;
		running[p] = true;
		made[0]++;
		sum_made(MINUTE);
		assert(sum <= limit || LOWERS);
		sum = 0
	}
}

#define LIVES(p)   (!dead[p])
#define WANTS(p)   (calls[p] < CALLS && !BUSY(p))
#ifdef STRUCK_STALE
#define IS_STALE(p) false
#else
#define IS_STALE(p) stale[p]
#endif
#ifdef STRUCK_SLOTS_IN_TIME
#define COVERED(p) (slots[p] > 0 && !IS_STALE(p) && !recall[p] && (idle[p] > 0 && IN_TIME(p) || gone[p]))
#else
#define COVERED(p) (idle[p] > 0 && slots[p] > 0 && IN_TIME(p) && !IS_STALE(p) && !recall[p])
#endif
#define IS_IDLE(p) (idle[p] > 0 || slots[p] > 0)

inline take(p)
{
	d_step {
		idle[p] = (idle[p] > 0 -> idle[p] - 1 : 0);
		slots[p]--;
		exact[p] = false;
		start(p)
	}
}

/* A transaction of the bank. */
inline hold(p)
{
	d_step {
		sum_counted();
#ifdef STRUCK_LIMIT_GUARD
		sum = 0;
#endif
		if
		:: sum + 1 <= limit && open + 1 <= most ->
			bucket[AHEAD]++;
			open++;
			exact[p] = true;
			start(p)
		:: else ->
			sum = 0;
			waiting[p] = true;
			tried[p] = true;
#ifndef STRUCK_IDLE_RECALL
			for (i : 0 .. P - 1) {
				recall[i] = IS_IDLE(i) || pending[i]
			}
			i = 0
#endif
		fi
	}
}

inline end_call(p)
{
	d_step {
		running[p] = false;
		if
		:: exact[p] && !gone[p] -> open--; call_all()
		:: !exact[p] -> slots[p]++
		:: else
		fi;
		exact[p] = false
	}
}

inline report(p, gives, wants)
{
	d_step {
		back[p] = ((gives) || (wants) || age[p] > LAST_AGE -> idle[p] : 0);
		back_slots[p] = ((gives) -> slots[p] : 0);
		idle[p] = idle[p] - back[p];
		slots[p] = slots[p] - back_slots[p];
		want[p] = wants;
		want_age[p] = (want[p] -> LEASE_AGE : 0);
		asks[p] = asks[p] + want[p];
		recall[p] = recall[p] && !(gives);
		stale[p] = stale[p] && !(gives);
		copies[p] = 0;
		done[p] = false;
		pending[p] = true
	}
}

/* What was counted ahead and not used; of a bucket that is past it matters no more. */
inline give_back(p, count, its_age, its_slots)
{
	if
	:: its_age < PAST ->
		assert(bucket[its_age] >= count);
		bucket[its_age] = bucket[its_age] - count
	:: else
	fi;
	assert(open >= its_slots && leased[p] >= its_slots);
	open = open - its_slots;
	leased[p] = leased[p] - its_slots;
	if
	:: count + its_slots > 0 -> call_all()
	:: else
	fi
}

inline deliver(p)
{
	d_step {
		copies[p]++;
		if
#ifdef STRUCK_SAME_REPORT
		:: !gone[p] ->
#else
		:: !gone[p] && !done[p] ->
#endif
			done[p] = true;
			give_back(p, back[p], age[p], back_slots[p]);
			sum_counted();
			given[p] = want[p] && want_age[p] < PAST && sum + SIZE <= limit && open + SIZE <= most;
			sum = 0;
			if
			:: given[p] ->
				bucket[want_age[p]] = bucket[want_age[p]] + SIZE;
				open = open + SIZE;
				leased[p] = leased[p] + SIZE
			:: else
			fi
		:: else
		fi
	}
}

inline deliver_late(p)
{
	d_step {
		late[p] = false;
#ifdef STRUCK_LOWER_REPORT
		if
		:: !gone[p] -> give_back(p, late_back[p], late_age[p], late_slots[p])
		:: else
		fi;
#endif
		late_back[p] = 0;
		late_age[p] = 0;
		late_slots[p] = 0
	}
}

inline take_answer(p)
{
	d_step {
		pending[p] = false;
		late[p] = !gone[p] && back[p] + back_slots[p] > 0;
		if
		:: late[p] ->
			late_back[p] = back[p];
			late_age[p] = age[p];
			late_slots[p] = back_slots[p]
		:: else
		fi;
		if
		:: gone[p] -> /* it learns so, and stops using it */
			idle[p] = 0;
			slots[p] = 0
		:: !gone[p] && given[p] ->
			idle[p] = idle[p] + SIZE;
			slots[p] = slots[p] + SIZE;
			age[p] = want_age[p]
		:: else
		fi;
		given[p] = false;
		back[p] = 0;
		back_slots[p] = 0;
		want[p] = false;
		want_age[p] = 0;
		copies[p] = 0
	}
}

/* Its slots are free.  What it had counted ahead stays counted: calls may have used it. */
inline recover(p)
{
	d_step {
		gone[p] = true;
		assert(open >= leased[p]);
		open = open - leased[p];
		leased[p] = 0;
		if
		:: exact[p] -> open--; exact[p] = false
		:: else
		fi;
#ifdef STRUCK_STAYS_COUNTED
		if
		:: age[p] < PAST -> bucket[age[p]] = 0
		:: else
		fi;
#endif
		call_all()
	}
}

inline die(p)
{
	d_step {
		dead[p] = true;
		running[p] = false; /* its connection ends with it */
		way[p] = 0;
		waiting[p] = false;
		idle[p] = 0;
		slots[p] = 0;
		recall[p] = false
	}
}

#ifdef STRUCK_LONG_SILENT
#define IS_SILENT(p) true
#else
#define IS_SILENT(p) (!BUSY(p) && age[p] > LAST_AGE) /* for longer than a call and a lease last */
#endif

inline tick()
{
	d_step {
		ticks = ticks + HURRY; /* else time goes on for ever */
		for (i : 1 .. PAST - 1) {
			bucket[PAST - i] = bucket[PAST - i - 1]
		}
		bucket[0] = 0;
		for (i : 1 .. SEEN) {
			made[SEEN + 1 - i] = made[SEEN - i]
		}
		made[0] = 0;
		for (i : 0 .. P - 1) {
			way[i] = (way[i] > 0 -> 2 : 0);
			age[i] = (age[i] < PAST -> age[i] + 1 : PAST);
			want_age[i] = (want[i] && want_age[i] < PAST -> want_age[i] + 1 : want_age[i]);
			late_age[i] = (late[i] && late_age[i] < PAST -> late_age[i] + 1 : late_age[i])
		}
		i = 0;
		call_all()
	}
}

active [P] proctype till()
{
	byte me = _pid;

	age[me] = PAST;
end_till:
	do
	:: atomic { LIVES(me) && WANTS(me) && COVERED(me) -> take(me) }
	:: atomic { LIVES(me) && WANTS(me) && !COVERED(me) && !tried[me] && !gone[me] -> hold(me) }
	:: atomic { LIVES(me) && way[me] > 0 -> make(me) }
	:: atomic { LIVES(me) && running[me] -> end_call(me) }
	:: atomic { LIVES(me) && !pending[me] && WANTS(me) && asks[me] < ASKS && !recall[me] && !gone[me] -> report(me, false, true) }
	:: atomic { LIVES(me) && !pending[me] && (recall[me] || stale[me] || closing) && IS_IDLE(me) -> report(me, true, false) }
	:: atomic { LIVES(me) && !pending[me] && (recall[me] || stale[me]) && !IS_IDLE(me) && !BUSY(me) -> d_step { recall[me] = false; stale[me] = false } }
	:: atomic { LIVES(me) && pending[me] && (done[me] || gone[me]) && copies[me] > 0 -> take_answer(me) }
	od
}

active [P] proctype fate()
{
	byte p = _pid - P;

end_fate:
	do
	:: atomic { pending[p] && copies[p] < 2 -> deliver(p) }
	:: atomic { late[p] -> deliver_late(p) }
	:: atomic { dead[p] && !gone[p] -> recover(p) }
	:: atomic { crashes > 0 && LIVES(p) && !gone[p] -> crashes--; die(p) }
	:: atomic { zombies > 0 && LIVES(p) && !gone[p] && IS_SILENT(p) -> zombies--; recover(p) }
	od
}

/* No call is longer on its way. */
#define IN_TIME_ALL (way[0] < 2 && way[1] < 2 && way[P - 1] < 2)

active proctype world()
{
	byte p;

	do
	:: atomic { !HURRY && IN_TIME_ALL -> tick() }
	:: atomic { lowers > 0 -> d_step {
		lowers--;
		limit--;
		most--;
		for (i : 0 .. P - 1) {
			stale[i] = true
		}
		i = 0 } }
	:: atomic { timeout && HURRY && ticks < TICKS -> d_step {
		/* All stand still.  Who waits finds no room in truth either: calls that were made, and what the dead had
		 * counted ahead. */
		sum_made(SEEN);
		for (p : 0 .. P - 1) {
			assert(!waiting[p] || CRASHES || ZOMBIES || sum + 1 > limit)
		}
		p = 0; sum = 0 };
		tick() }
	:: timeout && ticks == TICKS -> break
	od;
	closing = true;
	timeout;
	d_step {
		for (p : 0 .. P - 1) {
			assert(!HURRY || dead[p] || gone[p] || calls[p] == CALLS);
			assert(!running[p])
		}
		assert(open == 0)
	}
}
