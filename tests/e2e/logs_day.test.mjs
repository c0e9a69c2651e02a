// GET /logs without a limit is for counting: all of the last 24 hours, not a first page of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, chat, request } from './lib/client.mjs';
import { MASTER_KEY, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

test('all of the last 24 hours are counted when no limit is named', async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', up.base)]) });
	const key = await gw.key();
	const logs = async (query = '') => (await request(`${gw.base}/logs${query}`, { headers: bearer(MASTER_KEY) })).json;
	for (let i = 0; i < 130; i += 10) await Promise.all(Array.from({ length: 10 }, () => chat(gw, key, { model: 'main' })));
	await until(async () => (await gw.sql('SELECT count(*) AS n FROM request'))[0].n === 130, { what: () => 'the records', ms: 60000 });
	assert.equal((await logs()).length, 130);
	assert.equal((await logs('?limit=7')).length, 7);
	// A request's id holds its time.
	await gw.sql("UPDATE request SET id = '01a' || substr(id, 4), started_ms = started_ms - 90000000 WHERE id = (SELECT max(id) FROM request)");
	assert.equal((await logs()).length, 129);
	assert.equal((await logs('?limit=10000')).length, 130);
});
