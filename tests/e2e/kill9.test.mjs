// Workers are killed with SIGKILL, hundreds of times, while traffic runs.  Afterwards the ledger must be
// whole: sums agree, every served call was held before it was made, and nothing was spent above the budget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, stream } from './lib/client.mjs';
import { deployment, PRICES, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const KILLS = Number(process.env.E2E_KILLS ?? 250);
const SLOTS = 4;

for (const leases of [false, true]) test(`${KILLS / 2} kills of workers ${leases ? 'with' : 'without'} leases under traffic leave a ledger that is clean and covers all that was served`, { timeout: 280000 }, async (t) => {
	const up = await upstream({ log: false });
	// A large and a small budget, so that refusals happen among the kills.
	const gw = await gateway({ front: 'nginx', server: { slots: SLOTS }, settings: settings([deployment('m', up.base), deployment('s', up.base)], {
		litellm: { max_budget: 50, budget_duration: '30d' }, router: { num_retries: 1, fallbacks: [{ m: ['s'] }], disable_cooldowns: true },
		sideways: { leases: { enabled: leases } } }) });
	const rich = await gw.key('--alias', 'rich', '--budget', '20/1d');
	const poor = await gw.key('--alias', 'poor', '--budget', '0.002/1d');
	const seen = { answers: 0, refusals: 0, losses: 0 };
	let running = true;
	up.always('m', play.ok({ wait_ms: 5 }));
	up.always('s', play.slow(10, 5));

	const client = async (i) => {
		while (running) {
			try {
				const key = i % 4 === 0 ? poor : rich;
				const reply = i % 3 === 0 ? await stream(gw, key, { model: 's', max_tokens: 12 }).over : await chat(gw, key, { model: 'm', max_tokens: 8 }, { timeout: 10000 });
				if (reply.status === 200) seen.answers += 1;
				else if (reply.status === 429) seen.refusals += 1;
				else seen.losses += 1;
				if (reply.status === 0 || reply.status >= 500) await sleep(10);
			} catch {
				seen.losses += 1;
			}
		}
	};
	const clients = Array.from({ length: 12 }, (_, i) => client(i));

	try {
		for (let kill = 0; kill < KILLS / 2; kill++) {
			await gw.replace(`slot-${kill % SLOTS}`);
			await sleep(10 + Math.random() * 60);
		}
		await until(() => gw.answers(), { ms: 15000, what: () => 'a living gateway' });
		// Among the kills who is short of money may wait for what dead workers hold until its own worker is killed.
		await until(() => seen.refusals > 0, { ms: 30000, what: () => 'the small budget to refuse' });
		await until(() => seen.answers > 100, { ms: 60000, what: () => `a hundred answers, not ${seen.answers}` });
	} finally {
		running = false;
	}
	await Promise.all(clients);
	await gw.stop();

	// Recovery: the next one who opens the database ends what the dead left.
	await gw.start();
	await gw.free(45000);
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);

	const [sums] = await gw.sql(`SELECT coalesce(sum(cost_nano), 0) AS spent, coalesce(sum(CASE state WHEN 'unknown' THEN cost_nano END), 0) AS unknown,
		sum(state = 'unknown') AS unknowns, sum(state = 'settled') AS settled FROM attempt`);
	const served = up.cost(PRICES.cheap);
	t.diagnostic(`${KILLS} kills; ${up.log.length} calls upstream; clients saw ${seen.answers} answers, ${seen.refusals} refusals, ${seen.losses} losses`);
	t.diagnostic(`served ${served}, charged ${sums.spent} nano-dollars, ${sums.unknown} of it in ${sums.unknowns} holds marked unknown`);
	assert.ok(sums.unknowns > 0, 'the kills hit requests');
	assert.ok(seen.refusals > 0, 'the small budget refused');
	assert.ok(sums.spent >= served, `served ${served}, charged only ${sums.spent}`);
	assert.ok(sums.spent - sums.unknown <= served, `${sums.spent - sums.unknown} was charged as known, ${served} was served`);
	const [{ calls }] = await gw.sql("SELECT count(*) AS calls FROM attempt WHERE state IN ('settled', 'unknown', 'released')");
	assert.ok(calls >= up.log.length, 'every call had its hold first');
	for (const window of await gw.sql('SELECT * FROM budget_window')) {
		assert.equal(window.held_nano, 0);
		assert.ok(window.spent_nano <= window.limit_nano, `window ${window.id}: ${window.spent_nano} of ${window.limit_nano}`);
		assert.equal(window.overrun_nano, 0);
	}
	// And the gateway still works.
	assert.equal((await chat(gw, rich, { model: 'm', max_tokens: 8 })).status, 200);
});
