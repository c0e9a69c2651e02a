-- The claims that let one worker of many do the housekeeping, or send traces.  One that ends later than one taken now was taken before the clock
-- was set back: it is over (5 s: another worker's now may be a little later).

-- name: housekeeping_due
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM claim WHERE name = :name AND until_ms > :now_ms AND until_ms <= :until_ms + 5000);

-- name: housekeeping_take
INSERT INTO claim (name, until_ms) VALUES (:name, :until_ms)
ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms WHERE until_ms <= :now_ms OR until_ms > :until_ms + 5000;

-- name: housekeeping_give_back
UPDATE claim SET until_ms = :until_ms WHERE name = :name;
