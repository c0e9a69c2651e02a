-- The claim that lets one worker of many do the housekeeping.

-- name: housekeeping_due
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM claim WHERE name = 'housekeeping' AND until_ms > :now_ms);

-- name: housekeeping_take
INSERT INTO claim (name, until_ms) VALUES ('housekeeping', :until_ms)
ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms WHERE until_ms <= :now_ms;
