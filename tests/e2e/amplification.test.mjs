// An outage must not multiply traffic: the retry budget of the whole gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

test('while every provider fails, extra calls stay within the retry budget', async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'nginx', server: { workers: 2 }, settings: settings([deployment('a', up.base), deployment('b', up.base)], {
		router: { num_retries: 3, allowed_fails: 100000, fallbacks: [{ a: ['b'] }] },
		sideways: { retry_budget: { floor: 5, percent: 20 } },
	}) });
	const key = await gw.key();
	up.always('a', play.status(500));
	up.always('b', play.status(500));
	const started = Date.now();
	let left = 200;
	await Promise.all(Array.from({ length: 10 }, async () => {
		while (left-- > 0) assert.ok((await chat(gw, key, { model: 'a' })).status >= 429);
	}));
	const tens = Math.ceil((Date.now() - started) / 10000) + 1;
	const extra = up.log.length - 200;
	assert.ok(extra <= 40 + 5 * tens + 10, `${extra} extra calls for 200 requests`);
	await gw.quiet();
	assert.ok((await gw.audit()).clean);
});
