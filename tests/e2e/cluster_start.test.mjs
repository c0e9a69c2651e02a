// Machines with one bank: what the first calls of a machine meet, and those at the turn of a budget's period.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, chat, request } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const BODY = { model: 'm', max_tokens: 20 };

// A bank, and gateways of it that have not started; nothing where the program was built without PostgreSQL.
async function machines(t, count, { play: answers = play.ok(), ...sideways } = {}) {
	const up = await upstream({ log: true });
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

test('while the bank is away what calls of this machine may free is waited for, and what only the bank has is told at once', { timeout: 240000 }, async (t) => {
	const world = await machines(t, 1, { budget_wait: 60, keep_alive_seconds: 90 });
	if (!world) return;
	const { bank, up, gateways: [gw] } = world;
	await gw.start();
	const first = await chat(gw, await gw.key('--budget', '1/1d'), BODY);
	assert.equal(first.status, 200, first.text);
	const bound = (await gw.attempts(first.headers['x-sideways-request-id']))[0].bound_nano;
	const key = await gw.key('--budget', `${bound * 3.2 / 1e9}/1d`), other = await gw.key('--budget', '1/1d');
	up.always('m', play.ok({ wait_ms: 6000 }));
	const seen = up.log.length;
	const running = Array(3).fill().map(() => chat(gw, key, BODY, { timeout: 60000 }));
	await until(async () => up.log.length === seen + 3, { ms: 30000, what: () => `three calls that hold all: ${up.log.length - seen}` });
	up.always('m', play.ok());
	await bank.stop();
	const waits = chat(gw, key, BODY, { timeout: 60000 });
	const began = Date.now(), refused = await chat(gw, other, BODY, { timeout: 60000 });
	assert.equal(refused.status, 503, refused.text);
	assert.equal(refused.json.error.code, 'bank_unavailable');
	assert.ok(Number(refused.headers['retry-after']) > 0);
	assert.ok(Date.now() - began < 30000, `${Date.now() - began} ms`);
	for (const reply of await Promise.all([...running, waits])) assert.equal(reply.status, 200, reply.text);
	await bank.start();
	await gw.quiet(30000);
});

test('the turn of a budget\'s period is no stall, also while the bank is away', { timeout: 240000 }, async (t) => {
	const PERIOD_MS = 20000;
	const world = await machines(t, 1);
	if (!world) return;
	const [gw] = world.gateways;
	await gw.start();
	const key = await gw.key('--budget', `1/${PERIOD_MS / 1000}s`);
	const answers = [];
	let over = false;
	const client = async () => {
		while (!over) {
			const began = Date.now(), reply = await chat(gw, key, BODY, { timeout: 60000 });
			answers.push({ began, status: reply.status, why: reply.text });
			await sleep(100);
		}
	};
	const all = Promise.all(Array(4).fill().map(client));
	t.after(() => { over = true; });
	let next;
	await until(async () => {
		const [starts, held] = (await world.bank.sql(`SELECT starts_ms, held_amount FROM sideways.pot WHERE scope = 'key' AND held_amount > 0 AND starts_ms > ${Date.now()}`)).split('|').map(Number);
		next = { starts, held };
		return held > 0;
	}, { ms: 60000, what: () => 'a share of the window that has not begun' });
	t.diagnostic(`${next.held} nano-dollars of the next window, ${next.starts - Date.now()} ms ahead`);
	await world.bank.stop();
	await until(() => answers.filter((a) => a.status === 200 && a.began > next.starts).length > 20, { ms: 40000, what: () => `calls in the new window: ${JSON.stringify(answers.at(-1))}` });
	await world.bank.start();
	over = true;
	await all;
	const bad = answers.filter((a) => a.status !== 200);
	assert.equal(bad.length, 0, JSON.stringify(bad[0]));
	await gw.quiet(30000);
	const billed = String(world.up.cost({ input: 500, output: 1000 }));
	// It is told when the bank has been found again, which has a pause between two looks.
	await until(async () => await world.bank.sql("SELECT sum(spent_amount) FROM sideways.pot WHERE kind = 'money' AND scope = 'key'") === billed, { ms: 60000, what: () => 'the bank to know what was spent' });
	await gw.stop();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
});

test('a key that one machine has just made is good on the other, for all of its first requests', { timeout: 240000 }, async (t) => {
	const world = await machines(t, 2);
	if (!world) return;
	const [one, two] = world.gateways;
	// Without notices it takes a second until the other machine has heard of it.
	await world.bank.sql(`DO $$ DECLARE f text; BEGIN FOR f IN SELECT replace(pg_get_functiondef(p.oid), 'sideways_books', 'nowhere') FROM pg_proc p
		JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'sideways' AND prosrc LIKE '%sideways_books%' LOOP EXECUTE f; END LOOP; END $$`);
	await one.start();
	await two.start();
	const admin = await one.key('--role', 'admin');
	await until(async () => (await chat(two, await one.key(), BODY)).status === 200, { ms: 20000 });
	for (let round = 0; round < 5; round++) {
		const made = await request(`${one.base}/key/generate`, { method: 'POST', headers: bearer(admin), body: {} });
		assert.equal(made.status, 200, made.text);
		const replies = await Promise.all(Array(12).fill().map(() => chat(two, made.json.key, BODY, { timeout: 60000 })));
		assert.deepEqual(replies.map((reply) => reply.status), Array(12).fill(200), `round ${round}`);
	}
});
