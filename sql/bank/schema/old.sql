-- What is over does not stay for ever: windows a year after their end, limits that nobody has had for a day, machines of which nothing is
-- left.  A machine that comes back later still is told that its pots are unknown, and names them anew.

CREATE TABLE sideways.forgotten (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	at timestamptz NOT NULL            -- when it was looked for last
);
INSERT INTO sideways.forgotten (at) VALUES (now());
CREATE INDEX pot_ends ON sideways.pot (ends_ms);
