// Two gateways, each with a database of its own, share their books through a real PostgreSQL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { MASTER_KEY, sleep, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const manage = (gw, path, body) => request(`${gw.base}${path}`, { method: 'POST', headers: { authorization: `Bearer ${MASTER_KEY}` }, body });
const ask = async (gw, key) => (await chat(gw, key, { model: 'm', max_tokens: 20 })).status;

// Two machines that run and share a bank; null where the program was built without PostgreSQL.
async function pair(options = {}, logging = {}) {
	const up = await upstream(logging), bank = await postgres();
	const plan = settings([deployment('m', up.base)], { sideways: { bank: bank.url } });
	const one = await gateway({ front: 'nginx', settings: plan, start: false, ...options });
	const made = await one.cli('bank', 'init');
	if (/built without PostgreSQL/.test(made.stderr)) return null;
	assert.equal(made.status, 0, made.stderr);
	const two = await gateway({ front: 'nginx', settings: plan, start: false });
	await one.start();
	await two.start();
	return { up, bank, one, two };
}

test('what one machine makes and blocks, the other knows within two seconds', { timeout: 240000 }, async (t) => {
	const machines = await pair({ server: { workers: 2 } }, { log: false });
	if (!machines) return t.skip('built without PostgreSQL');
	const { up, bank, one, two } = machines;
	up.always('m', play.ok());

	const soon = async (what, check) => {
		const begun = Date.now();
		await until(check, { ms: 2000, what: () => what });
		t.diagnostic(`${what}: ${Date.now() - begun} ms`);
	};
	const reply = await manage(one, '/key/generate', { key_alias: 'app', max_budget: 1 });
	assert.equal(reply.status, 200, `${reply.text}${one.output()}`);
	const { key } = reply.json;
	assert.equal(await ask(one, key), 200);
	await soon('a key made on one is good on two', async () => await ask(two, key) === 200);
	assert.equal((await manage(two, '/key/block', { key })).status, 200);
	assert.equal(await ask(two, key), 401);
	await soon('blocked on two, it is blocked on one', async () => await ask(one, key) === 401);

	// What it spent on both is the same on both.
	assert.equal((await manage(one, '/key/unblock', { key })).status, 200);
	await soon('unblocked on one, it is good on two', async () => await ask(two, key) === 200);
	await until(async () => await ask(one, key) === 200);
	const spent = async (gw) => (await request(`${gw.base}/key/info?key=${key}`, { headers: { authorization: `Bearer ${MASTER_KEY}` } })).json.info.spend;
	const own = async (gw) => (await gw.sql('SELECT sum(cost_nano) AS nano FROM attempt'))[0].nano;
	await until(async () => {
		const sum = (await own(one) + await own(two)) / 1e9;
		return await own(two) > 0 && Math.abs(await spent(one) - sum) < 1e-12 && Math.abs(await spent(two) - sum) < 1e-12;
	}, { ms: 12000, what: () => 'the spend of both to be the same' });
	assert.equal((await manage(two, '/key/block', { key })).status, 200);
	await until(async () => await ask(one, key) === 401);

	const both = await Promise.all([one, two].map((gw) => manage(gw, '/key/generate', { key_alias: 'same' })));
	assert.deepEqual(both.map((r) => r.status).sort(), [200, 400], both.map((r) => r.text).join('\n'));
	assert.match(both.find((r) => r.status === 400).text, /another key has it/);

	// While the server is away calls go on, changes are refused, and afterwards all goes on.
	assert.equal((await manage(one, '/key/unblock', { key })).status, 200);
	await soon('unblocked on one, it is good on two', async () => await ask(two, key) === 200);
	await bank.stop();
	assert.equal(await ask(one, key), 200);
	const refused = await manage(one, '/key/generate', { key_alias: 'late' });
	assert.equal(refused.status, 503, refused.text);
	assert.match(refused.text, /nothing was changed/);
	await bank.start();
	await until(async () => (await manage(one, '/key/generate', { key_alias: 'late' })).status === 200, { ms: 5000 });
	assert.equal((await manage(two, '/key/block', { key })).status, 200);
	await soon('after a restart of the server a block still arrives', async () => await ask(one, key) === 401);

	const books = 'SELECT id, hash, alias, blocked FROM virtual_key ORDER BY id';
	await until(async () => JSON.stringify(await one.sql(books)) === JSON.stringify(await two.sql(books)));
	assert.deepEqual(await one.sql('SELECT * FROM audit_event ORDER BY id'), await two.sql('SELECT * FROM audit_event ORDER BY id'));
});

test('behind a balancer: what one machine has answered, the other knows with the next request', { timeout: 240000 }, async (t) => {
	const machines = await pair();
	if (!machines) return t.skip('built without PostgreSQL');
	const { up, bank, one, two } = machines;
	up.always('m', play.ok());
	// Nobody is told by a notice, and looks are a second apart: what is known was asked for.
	await bank.sql('CREATE OR REPLACE FUNCTION sideways.pg_notify(text, text) RETURNS void LANGUAGE sql AS \'SELECT NULL\'');
	await bank.sql("DO $do$ DECLARE f text; BEGIN SELECT replace(pg_get_functiondef('sideways.book_write'::regproc), 'pg_notify', 'sideways.pg_notify') INTO f; EXECUTE f; END $do$");
	for (let i = 0; i < 5; i++) {
		const [here, there] = i % 2 ? [one, two] : [two, one];
		const { key } = (await manage(here, '/key/generate', { key_alias: `fresh ${i}`, max_budget: 1 })).json;
		assert.equal(await ask(there, key), 200, 'a key that was just made');
		const next = (await manage(there, `/key/${key}/regenerate`, {})).json.key;
		assert.equal((await manage(here, '/key/block', { key: next })).status, 200, 'one that was just rotated is found');
		const info = await request(`${there.base}/key/info?key=${next}`, { headers: { authorization: `Bearer ${MASTER_KEY}` } });
		assert.equal(info.json.info.blocked, true, info.text);
		await sleep(200); // misses ask ten times a second at most
	}
	makeAdmin(one, 'ada');
	for (const [here, there] of [[one, two], [two, one], [one, two]]) {
		const panel = new Panel(here.base);
		await until(async () => (await panel.signIn('ada')).status === 303, { ms: 20000 });
		const beside = Object.assign(new Panel(there.base), { cookies: panel.cookies });
		assert.equal((await beside.get('/keys')).status, 200, 'who has just signed in stays so');
		await sleep(200);
	}
});

test('what a provider told one machine, the other keeps to: a long Retry-After cools the deployment on both', { timeout: 240000 }, async (t) => {
	const machines = await pair();
	if (!machines) return t.skip('built without PostgreSQL');
	const { up, one, two } = machines;
	const key = await one.key();
	await until(async () => await ask(one, key) === 200 && await ask(two, key) === 200, { ms: 20000 });

	up.next('m', play.status(429, { headers: { 'retry-after': '600' } }));
	assert.equal(await ask(one, key), 429);
	await until(async () => await ask(two, key) !== 200, { ms: 20000, what: () => 'the other machine to know' });
	const calls = up.log.length;
	const breakers = [];
	for (const gw of [one, two]) {
		assert.notEqual(await ask(gw, key), 200);
		breakers.push(...await gw.sql('SELECT reason, open_until_ms FROM breaker'));
	}
	assert.deepEqual(breakers.map((breaker) => breaker.reason), ['rate', 'rate']);
	const later = breakers[1].open_until_ms - breakers[0].open_until_ms; // by what the way took
	assert.ok(later > -1000 && later < 30000, `${later} ms`);
	assert.equal(up.log.length, calls, 'nobody calls it');
});

test('what is drawn on one machine is of both: Usage, Overview, spend, and what a killed machine had told', { timeout: 240000 }, async (t) => {
	const machines = await pair({ server: { workers: 2 } });
	if (!machines) return t.skip('built without PostgreSQL');
	const { up, one, two } = machines;
	const key = await one.key('--budget', '5/1d'), onlyHere = await one.key('--budget', '7/1d');
	await until(async () => await ask(two, key) === 200, { ms: 20000 });
	assert.equal(await ask(one, onlyHere), 200);
	for (let i = 0; i < 3; i++) assert.equal(await ask(one, key), 200);
	assert.equal(await ask(one, 'sk-nobody'), 401);

	const sums = ['usage_day', 'deployment_hour', 'spend_day', 'spend_hour', 'spend_total', 'request_hour'];
	const all = async (gw) => JSON.stringify(await Promise.all(sums.map((name) => gw.sql(`SELECT * FROM ${name}`))));
	const calls = () => up.log.length;
	const same = async () => await all(one) === await all(two)
		&& (await one.sql("SELECT sum(attempts) AS n FROM spend_day WHERE kind = 'provider'"))[0].n === calls();
	await until(same, { ms: 60000, what: () => 'the sums of both to be the same' });
	const spent = up.cost({ input: 500, output: 1000 });
	for (const gw of [one, two]) {
		const reply = await request(`${gw.base}/global/spend`, { headers: { authorization: `Bearer ${MASTER_KEY}` } });
		assert.equal(Math.round(reply.json.spend * 1e9), spent, reply.text);
	}
	// Budgets, also one of which the other machine has never served a call.
	for (const gw of [one, two]) await until(async () => {
		const list = JSON.parse((await gw.cli('budgets', 'list', '--json')).stdout);
		return list.reduce((sum, budget) => sum + budget.spent_nano, 0) === spent;
	}, { ms: 60000, what: () => 'what is spent of both budgets' });
	assert.deepEqual(await two.sql('SELECT count(*) AS n FROM share'), [{ n: 1 }], 'what is only shown has no share');

	// Pages say whose rows they show.
	makeAdmin(two, 'alice');
	const panel = new Panel(two.base);
	await panel.signIn('alice');
	for (const [page, words] of [['/', /Figures are of 2 machines together/], ['/usage', /Figures are of 2 machines together/],
		['/requests', /\(this machine\) served/], ['/fallbacks', /\(this machine\) served/], ['/requests/01zzzzzzzzzzzzzzzzzzzzzzzz', /other machines served/]])
		assert.match((await panel.get(page)).text, words, page);

	// Metrics are each machine's own: they add up.
	const counted = async (gw) => Number(/^litellm_deployment_total_requests_total\{.*\} (\d+)$/m.exec((await request(`${gw.base}/metrics`, { headers: { authorization: `Bearer ${MASTER_KEY}` } })).text)[1]);
	assert.equal(await counted(one) + await counted(two), calls());

	await two.stop('SIGKILL');
	for (let i = 0; i < 2; i++) assert.equal(await ask(one, key), 200);
	await two.start();
	await until(same, { ms: 60000, what: () => 'the sums to be the same again' });
});

test('a bank that stands still holds up only those who need it', { timeout: 240000 }, async (t) => {
	const up = await upstream();
	const bank = await postgres();
	const gw = await gateway({ front: 'nginx', settings: settings([deployment('m', up.base)], { sideways: { bank: bank.url } }), start: false });
	const made = await gw.cli('bank', 'init');
	if (/built without PostgreSQL/.test(made.stderr)) return t.skip('built without PostgreSQL');
	await gw.start();
	const key = await gw.key();
	await until(async () => await ask(gw, key) === 200, { ms: 20000 });

	const release = bank.freeze();
	let answered = 0;
	const claims = Array.from({ length: 24 }, (_, i) => chat(gw, key, { model: 'm', max_tokens: 20 }, { headers: { 'idempotency-key': `frozen-${i}` } }).finally(() => { answered++; }));
	const seen = up.log.length;
	for (let i = 0; i < 20; i++) assert.equal(await ask(gw, key), 200);
	assert.equal((await request(`${gw.base}/metrics`, { headers: { authorization: `Bearer ${MASTER_KEY}` } })).status, 200);
	assert.ok(answered < claims.length, 'the others were served while claims waited');
	assert.equal(up.log.length, seen + 20, 'nothing was called for a claim that is not made');
	release();
	for (const reply of await Promise.all(claims)) assert.ok([200, 503].includes(reply.status), reply.text);
	await gw.quiet();
});
