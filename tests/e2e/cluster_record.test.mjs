// Two machines with one bank: with `record: shared` each shows the requests of both, and says who served them; else each says that it
// shows its own.  The provider's count of calls is the judge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { postgres } from './lib/postgres.mjs';
import { until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const MASTER = 'sk-master-of-two-machines';

async function twoMachines(t, sideways) {
	const up = await upstream();
	up.always('m', play.ok());
	up.always('broken', play.status(500));
	const bank = await postgres();
	const plan = settings([deployment('m', up.base), deployment('broken', up.base)],
		{ general: { master_key: MASTER }, router: { num_retries: 0 }, sideways: { bank: bank.url, ...sideways } });
	const one = await gateway({ front: 'nginx', settings: plan, start: false });
	const init = await one.cli('bank', 'init');
	if (/built without PostgreSQL/.test(init.stderr)) return t.skip('built without PostgreSQL');
	assert.equal(init.status, 0, init.stderr);
	const two = await gateway({ front: 'nginx', settings: plan, start: false });
	await one.start();
	await two.start();
	makeAdmin(one, 'ada');
	const key = await one.key('--alias', 'app', '--budget', '10/1d');
	const served = [];
	for (const [machine, model] of [[one, 'm'], [two, 'm'], [two, 'broken'], [one, 'm'], [two, 'm']]) {
		let reply;
		await until(async () => (reply = await chat(machine, key, { model, max_tokens: 20 })).status !== 401, { ms: 20000, what: () => reply?.text });
		served.push({ machine, model, id: reply.headers['x-sideways-request-id'] });
	}
	for (const machine of [one, two]) await machine.quiet(20000);
	return { bank, one, two, served };
}

const idsIn = (text) => [...text.matchAll(/\/requests\/([0-9a-z]{26})/g)].map((found) => found[1]);

test('record: shared: lists, pages, exports, the API and commands have the requests of both, and the machine of each', { timeout: 240000 }, async (t) => {
	const world = await twoMachines(t, { record: 'shared' });
	if (!world) return;
	const { one, two, served } = world;
	for (const machine of [one, two])
		await until(async () => (await machine.sql('SELECT id FROM request')).length === served.length, { ms: 60000, what: () => 'all requests on each machine' });
	const all = served.map((it) => it.id).sort();
	for (const machine of [one, two]) {
		const panel = new Panel(machine.base);
		await until(async () => (await panel.signIn('ada')).status === 303, { ms: 20000, what: () => 'the admin on this machine' });
		const list = await panel.get('/requests');
		assert.deepEqual([...new Set(idsIn(list.text))].sort(), all);
		assert.match(list.text, /Figures are of 2 machines together/);
		assert.match(list.text, /<th[^>]*>Machine<\/th>/);
		const failed = await panel.get('/requests?show=failed');
		assert.deepEqual([...new Set(idsIn(failed.text))], served.filter((it) => it.model === 'broken').map((it) => it.id));

		// The machines have one host, and are told apart all the same.
		const json = JSON.parse((await panel.get('/export/requests?json=1')).text);
		const names = new Map(json.map((row) => [row.id, row.machine]));
		assert.equal(names.size, all.length);
		const here = new Set(served.filter((it) => it.machine === one).map((it) => names.get(it.id)));
		const there = new Set(served.filter((it) => it.machine === two).map((it) => names.get(it.id)));
		assert.equal(here.size, 1, [...here].join());
		assert.equal(there.size, 1, [...there].join());
		assert.notDeepEqual(here, there);

		for (const it of served) {
			const page = await panel.get(`/requests/${it.id}`);
			assert.equal(page.status, 200);
			assert.ok(page.text.includes(names.get(it.id)), 'the page names the machine');
			assert.match(page.text, /What happened[\s\S]*<li>/, 'and has what was tried');
		}
		const logs = await request(`${machine.base}/spend/logs/v2?page_size=100`, { headers: { Authorization: `Bearer ${MASTER}` } });
		assert.equal(logs.status, 200, logs.text);
		assert.deepEqual(logs.json.data.map((row) => row.request_id).sort(), all);
		assert.deepEqual(new Set(logs.json.data.map((row) => row.metadata.machine)), new Set(names.values()));

		// Of one machine alone, by the name that lists and exports have.
		for (const [from, name] of [[one, [...here][0]], [two, [...there][0]]]) {
			const own = served.filter((it) => it.machine === from).map((it) => it.id).sort(), of = encodeURIComponent(name);
			assert.deepEqual([...new Set(idsIn((await panel.get(`/requests?machine=${of}`)).text))].sort(), own);
			assert.deepEqual(JSON.parse((await panel.get(`/export/requests?json=1&machine=${of}`)).text).map((row) => row.id).sort(), own);
			assert.deepEqual(JSON.parse((await machine.cli('logs', '--machine', name, '--json')).stdout).map((row) => row.id).sort(), own);
			const rows = await request(`${machine.base}/logs?machine=${of}`, { headers: { Authorization: `Bearer ${MASTER}` } });
			assert.deepEqual(rows.json.map((row) => row.request_id).sort(), own, rows.text);
		}
		assert.match(list.text, /<input name="machine"/);
		assert.deepEqual(idsIn((await panel.get('/requests?machine=nobody')).text), []);
		assert.match((await machine.cli('logs', '--machine', 'nobody')).stderr, /no machine has this name/);
		const table = await machine.cli('logs');
		assert.match(table.stdout, /MACHINE/);
		assert.match(table.stdout, /of 2 machines, some seconds late/);
		const spend = JSON.parse((await machine.cli('spend', '--by', 'model', '--json')).stdout);
		assert.equal(spend.reduce((sum, row) => sum + row.requests, 0), all.length);
		const audit = await machine.audit();
		assert.ok(audit.clean, audit.text);
	}
});

test('record: local: each machine says that these are its own', { timeout: 240000 }, async (t) => {
	const world = await twoMachines(t, {});
	if (!world) return;
	const { bank, one, served } = world;
	const panel = new Panel(one.base);
	assert.equal((await panel.signIn('ada')).status, 303);
	let list;
	assert.doesNotMatch((await panel.get('/requests')).text, /<input name="machine"/);
	await until(async () => /this machine\) served; each machine keeps/.test((list = await panel.get('/requests')).text), { ms: 60000, what: () => 'both are heard of' });
	assert.deepEqual([...new Set(idsIn(list.text))].sort(), served.filter((it) => it.machine === one).map((it) => it.id).sort());
	for (const command of ['logs', 'spend']) assert.match((await one.cli(command)).stdout, /of this machine \(.*\) alone: `record: shared`/);
	assert.equal(await bank.sql('SELECT count(*) FROM sideways.record'), '0');
});
