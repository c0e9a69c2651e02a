-- Spending of keys and teams that machines tell each other (app/accounts/shared_spend.h).

-- name: spend_place
SELECT machine, revision FROM spend_place;

-- name: spend_place_make
INSERT INTO spend_place (one, machine, revision) VALUES (1, :machine, 0) ON CONFLICT DO NOTHING;

-- name: spend_untold
SELECT t.kind, t.id, t.cost_nano FROM spend_total t LEFT JOIN spend_told s ON s.kind = t.kind AND s.id = t.id
WHERE s.cost_nano IS NOT t.cost_nano LIMIT 1000;

-- name: spend_is_told
INSERT INTO spend_told (kind, id, cost_nano) VALUES (:kind, :id, :cost_nano)
ON CONFLICT (kind, id) DO UPDATE SET cost_nano = excluded.cost_nano;

-- name: spend_take
INSERT INTO spend_elsewhere (kind, id, cost_nano) VALUES (:kind, :id, :cost_nano)
ON CONFLICT (kind, id) DO UPDATE SET cost_nano = excluded.cost_nano;

-- name: spend_advance
UPDATE spend_place SET revision = :revision;

-- A file that stands for itself again has it all.
-- name: spend_join
INSERT INTO spend_total (kind, id, cost_nano) SELECT kind, id, cost_nano FROM spend_elsewhere WHERE true
ON CONFLICT (kind, id) DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;

-- name: spend_forget_elsewhere
DELETE FROM spend_elsewhere;

-- name: spend_forget_told
DELETE FROM spend_told;

-- name: spend_forget_place
DELETE FROM spend_place;
