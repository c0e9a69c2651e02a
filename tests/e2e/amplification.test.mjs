// An outage must not multiply traffic: the retry budget of the whole gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

test('while every provider fails, repeats stay within the retry budget', async () => {
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
	const extra = up.log.length - 400; // each request calls both once
	assert.ok(extra <= 40 + 5 * tens + 10, `${extra} repeats for 200 requests`);
	await gw.quiet();
	assert.ok((await gw.audit()).clean);
});

test('the retry budget refuses no fallback: with a primary that is down all are answered', async () => {
	const up = await upstream({ log: false });
	const gw = await gateway({ settings: settings([deployment('a', up.base), deployment('b', up.base)], {
		router: { num_retries: 2, allowed_fails: 100000, fallbacks: [{ a: ['b'] }] }, sideways: { retry_budget: { floor: 3, percent: 1 } },
	}) });
	const key = await gw.key();
	up.always('a', play.status(500));
	let left = 300;
	await Promise.all(Array.from({ length: 10 }, async () => {
		while (left-- > 0) assert.equal((await chat(gw, key, { model: 'a' })).status, 200);
	}));
});
