// Machines with one bank: what the first calls of a machine meet, and those at the turn of a budget's period.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const BODY = { model: 'm', max_tokens: 20 };

// A bank, and gateways of it that have not started; nothing where the program was built without PostgreSQL.
async function machines(t, count, { play: answers = play.ok(), ...sideways } = {}) {
	const up = await upstream({ log: false });
	up.always('m', answers);
	const bank = await postgres();
	const plan = settings([deployment('m', up.base)], { sideways: { bank: bank.url, ...sideways } });
	const made = [];
	for (let i = 0; i < count; i++) made.push(await gateway({ front: 'nginx', settings: plan, start: false }));
	const init = await made[0].cli('bank', 'init');
	if (/built without PostgreSQL/.test(init.stderr)) return t.skip('built without PostgreSQL');
	assert.equal(init.status, 0, init.stderr);
	return { bank, up, gateways: made };
}

test('the first calls of a machine are served, however many come at once', { timeout: 240000 }, async (t) => {
	const world = await machines(t, 2, { play: play.ok({ wait_ms: 50 }) });
	if (!world) return;
	const [one, two] = world.gateways;
	await one.start();
	const key = await one.key('--budget', '10/1d');
	await two.start();
	for (const machine of [one, two]) {
		await until(async () => (await chat(machine, 'sk-of-nobody', BODY)).status === 401, { ms: 20000 });
		const begun = Date.now();
		const replies = await Promise.all(Array(64).fill().map(async () => {
			const reply = await chat(machine, key, BODY, { timeout: 60000 });
			return { what: reply.status === 200 ? 'served' : reply.text, ms: Date.now() - begun };
		}));
		const times = replies.map((r) => r.ms).sort((a, b) => a - b);
		t.diagnostic(`64 at once: median ${times[32]} ms, last ${times[63]} ms`);
		assert.deepEqual([...new Set(replies.map((r) => r.what))], ['served']);
	}
});
