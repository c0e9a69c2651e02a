// Four machines, each with a file of its own, spend one budget through a real PostgreSQL to its end.  One of them is killed in the
// middle and comes back, and the server is killed and started again.  What the provider billed is the judge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { costOf, deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const LIMIT_NANO = 30000000;
const BODY = { model: 'm', max_tokens: 20 };

test('four machines and one budget: never above it, through a killed machine and a killed bank', { timeout: 300000 }, async (t) => {
	const up = await upstream();
	up.always('m', play.ok({ wait_ms: 20 }));
	const bank = await postgres();
	const plan = settings([deployment('m', up.base)], { sideways: { bank: bank.url, budget_wait: 2 } });
	const first = await gateway({ front: 'nginx', settings: plan, start: false });
	const made = await first.cli('bank', 'init');
	if (/built without PostgreSQL/.test(made.stderr)) return t.skip('built without PostgreSQL');
	assert.equal(made.status, 0, made.stderr);
	const machines = [first];
	for (let i = 1; i < 4; i++) machines.push(await gateway({ front: 'nginx', settings: plan, start: false }));
	for (const machine of machines) await machine.start();
	const key = await first.key('--budget', `${LIMIT_NANO / 1e9}/1d`);

	const told = {};
	let served = 0, over = false;
	const client = async (machine) => {
		for (let refusals = 0; refusals < 2 && !over; ) {
			const reply = await chat(machine, key, BODY, { timeout: 60000 }).catch(() => ({ status: 0 }));
			const what = reply.status === 200 ? 'served' : reply.json?.error?.code ?? String(reply.status);
			told[what] = (told[what] ?? 0) + 1;
			if (what === 'served') served += costOf(reply.json.usage);
			else if (what === 'budget_exceeded') refusals++;
			else await sleep(50); // the machine is down, or what is free is somewhere else
		}
	};
	const all = Promise.all(machines.flatMap((machine) => Array(8).fill(machine)).map(client));
	const reached = (part) => until(async () => served > LIMIT_NANO * part, { ms: 60000, what: () => `${part} of the money: ${served}` });
	await reached(0.2);
	await machines[1].stop('SIGKILL');
	await bank.stop();
	await sleep(1000);
	await bank.start();
	await machines[1].start();
	const given = setTimeout(() => { over = true; }, 120000);
	await all;
	clearTimeout(given);
	t.diagnostic(JSON.stringify(told));
	assert.equal(over, false, 'the end of the money was not told to all');

	// What nobody uses goes back within some seconds; a machine that stops gives all back.
	for (const machine of machines) {
		await machine.quiet(30000);
		await machine.stop();
		const audit = await machine.audit();
		assert.ok(audit.clean, audit.text);
	}
	const billed = up.cost({ input: 500, output: 1000 });
	const [spent, held, limit] = (await bank.sql("SELECT spent_amount, held_amount, limit_amount FROM sideways.pot WHERE kind = 'money' AND scope = 'key'"))
		.split('|').map(Number);
	t.diagnostic(`billed ${billed}, charged ${spent}, held ${held} of ${limit}`);
	assert.ok(billed <= LIMIT_NANO && spent <= LIMIT_NANO, `billed ${billed}, charged ${spent} of ${LIMIT_NANO}`);
	assert.ok(billed <= spent, `billed ${billed}, charged ${spent}`);
	assert.equal(held, 0);
	const sums = 'SELECT sum(w.spent_nano) AS spent FROM budget_window w JOIN budget b ON b.id = w.budget_id WHERE b.scope = \'key\'';
	const here = await Promise.all(machines.map((machine) => machine.sql(sums)));
	assert.equal(here.reduce((sum, [row]) => sum + (row.spent ?? 0), 0), spent, 'the machines and the bank say the same');
});
