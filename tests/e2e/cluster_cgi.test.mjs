// A machine that answers by CGI shares a budget with one that serves by FastCGI, through a real PostgreSQL, to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const CALLS = 40, LIMIT_NANO = 3000000;
const BODY = { model: 'm', max_tokens: 20 };

test('CGI and FastCGI: one budget, held exactly, and nothing of it lies idle where no process runs', { timeout: 240000 }, async (t) => {
	const up = await upstream({ log: false });
	up.always('m', play.ok({ wait_ms: 20 }));
	const bank = await postgres();
	const plan = settings([deployment('m', up.base)], { sideways: { bank: bank.url } });
	const cgi = await gateway({ front: 'cgi', settings: plan, start: false });
	const made = await cgi.cli('bank', 'init');
	if (/built without PostgreSQL/.test(made.stderr)) return t.skip('built without PostgreSQL');
	assert.equal(made.status, 0, made.stderr);
	const fastcgi = await gateway({ front: 'nginx', settings: plan, start: false });
	await cgi.start();
	await fastcgi.start();
	const key = await cgi.key('--budget', `${LIMIT_NANO / 1e9}/1d`);
	let looks = 0; // of this test, each a connection and so two transactions
	const pot = async (column) => (looks++, Number(await bank.sql(`SELECT coalesce(sum(${column}), 0) FROM sideways.pot WHERE kind = 'money' AND scope = 'key'`)));
	const cost = () => up.cost({ input: 500, output: 1000 });

	// Alone: what an answer cost is told, and the rest given back, when its process has ended.
	assert.equal((await chat(cgi, key, BODY, { timeout: 60000 })).status, 200);
	const asked = async () => Number(await bank.sql("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'"));
	await fastcgi.stop();
	await until(async () => await pot('spent_amount') === cost(), { ms: 20000 });
	await sleep(1500); // figures of sessions come to pg_stat_database within a second
	const before = await asked();
	looks = 0;
	for (let i = 0; i < 10; i++) {
		assert.equal((await chat(cgi, key, BODY, { timeout: 60000 })).status, 200);
		await until(async () => await pot('held_amount') === 0 && await pot('spent_amount') === cost(), { ms: 20000, what: () => 'the rest to be given back' });
	}
	await sleep(1500);
	const each = (await asked() - before - 2 * looks - 2) / 10;
	t.diagnostic(`${each.toFixed(1)} transactions a CGI answer`);
	assert.ok(each > 1 && each <= 12, `${each} transactions a CGI answer`);

	// Together, to the end of the money.
	await fastcgi.start();
	const told = {};
	let over = false;
	t.after(() => { over = true; });
	const client = async (name, machine) => {
		for (let refusals = 0; refusals < 2 && !over; ) {
			const reply = await chat(machine, key, BODY, { timeout: 60000 });
			const what = reply.status === 200 ? 'served' : reply.json?.error?.code ?? String(reply.status);
			told[`${name} ${what}`] = (told[`${name} ${what}`] ?? 0) + 1;
			if (what === 'budget_exceeded') refusals++;
			else if (what !== 'served') await sleep(100);
		}
	};
	const given = setTimeout(() => { over = true; }, 150000);
	await Promise.all([...Array(3).fill(['cgi', cgi]), ...Array(4).fill(['fastcgi', fastcgi])].map(([name, machine]) => client(name, machine)));
	clearTimeout(given);
	t.diagnostic(JSON.stringify(told));
	assert.equal(over, false, 'the end of the money was not told to all');
	assert.ok(told['cgi served'] > 0 && told['fastcgi served'] > 0);
	await fastcgi.quiet(30000);
	await fastcgi.stop();
	await until(async () => await pot('held_amount') === 0, { ms: 20000, what: () => 'nothing to be held' });
	const billed = cost(), spent = await pot('spent_amount');
	t.diagnostic(`billed ${billed}, charged ${spent} of ${LIMIT_NANO}`);
	assert.equal(spent, billed);
	assert.ok(billed <= LIMIT_NANO && LIMIT_NANO - billed < LIMIT_NANO / CALLS * 4, `billed ${billed} of ${LIMIT_NANO}`);
	for (const machine of [cgi, fastcgi]) {
		const audit = await machine.audit();
		assert.ok(audit.clean, audit.text);
	}
});
