-- Money and limits that machines share.
--
-- A pot is what is divided: the money of a budget's window, or a limit (requests or tokens a minute, calls at a time).  It has the same
-- name on all machines.  A machine has a share of a pot: granted_amount is all that was ever set aside for it there, spent_amount what
-- it has said that it spent; what lies between is held for it, and it divides that among its calls by its own file alone.  So
--
--   spent_amount of a pot = sum of spent_amount of its shares + of lost_amount of machines that are lost
--   held_amount of a pot  = sum of max(0, granted_amount - spent_amount) of the shares of the others
--   spent_amount + held_amount <= limit_amount, but for bills above their bounds and limits that were lowered
--
-- and machine_settle, the only writer beside machines_lose, never gives what would break the last one.
--
-- A machine says whole sums, never differences, under a number that rises by one and a mark of its own, and names the mark of the report
-- before: the same number with the same mark again is answered from what stands here and changes nothing.  What does not fit is `stale`:
-- it comes from a file that was put back from a backup, or from one of two copies that are both in use.  A machine raises what it may
-- spend after it was told, and lowers it before it tells: so what it believes is never above what stands here.

CREATE TABLE sideways.machine (
	id text PRIMARY KEY,
	name text NOT NULL,                -- of the host, for people
	number bigint NOT NULL,            -- of its last report
	mark text NOT NULL DEFAULT '',     -- and drawn for that report, so that another report with this number is known as another's
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'lost')),
	until_at timestamptz NOT NULL,     -- one that has not reported until then is lost
	seen_at timestamptz NOT NULL
);

CREATE TABLE sideways.pot (
	-- Not counted: machines keep it, and a bank that was put back from a backup would give it to another pot.
	id bigint PRIMARY KEY DEFAULT ('x' || left(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint,
	kind text NOT NULL CHECK (kind IN ('money', 'requests', 'tokens', 'calls')), -- nano-dollars; pieces a minute; at a time
	scope text NOT NULL,
	scope_id text NOT NULL,
	model text NOT NULL DEFAULT '',
	period text NOT NULL DEFAULT '',
	for_user text NOT NULL DEFAULT '',
	starts_ms bigint NOT NULL DEFAULT 0,
	ends_ms bigint NOT NULL DEFAULT 9223372036854775807, -- exclusive
	limit_amount bigint NOT NULL DEFAULT 0, -- the lowest that machines have that use it now
	spent_amount bigint NOT NULL DEFAULT 0 CHECK (spent_amount >= 0),
	held_amount bigint NOT NULL DEFAULT 0 CHECK (held_amount >= 0),
	recall_at timestamptz,             -- when somebody lacked what others held
	UNIQUE (kind, scope, scope_id, model, period, for_user, starts_ms)
);

CREATE TABLE sideways.share (
	pot_id bigint NOT NULL REFERENCES sideways.pot (id),
	machine_id text NOT NULL REFERENCES sideways.machine (id),
	limit_amount bigint NOT NULL,      -- as that machine has it
	granted_amount bigint NOT NULL DEFAULT 0,
	spent_amount bigint NOT NULL DEFAULT 0, -- above what was granted: a bill above its bound
	lost_amount bigint NOT NULL DEFAULT 0, -- of a lost machine: charged, until it comes back and says what it spent
	own_lost_amount bigint NOT NULL DEFAULT 0, -- of spent: what the machine itself lost with processes that died; for people
	told_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pot_id, machine_id)
);
CREATE INDEX share_of_machine ON sideways.share (machine_id);
