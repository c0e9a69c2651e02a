// Four workers with 64 clients each, a second gateway and a CGI program on one database, all spending one budget to its end:
// never a nano-dollar above it, what was served is what was charged, and what is left is less than one more call may cost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { costOf, deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const LIMIT_NANO = 20000000;
const BODY = { model: 'm', max_tokens: 20 };

test('one budget, spent by four workers, a second gateway and CGI at the same time', { timeout: 240000 }, async () => {
	const up = await upstream({ log: false });
	const plan = settings([deployment('m', up.base)], { sideways: { budget_wait: 1 } });
	const first = await gateway({ front: 'nginx', server: { workers: 4 }, settings: plan });
	const shared = { settings: plan, start: false, env: { SIDEWAYS_DB: first.db } };
	const second = await gateway({ front: 'nginx', ...shared }), third = await gateway({ front: 'cgi', ...shared });
	await second.start();
	await third.start();
	up.always('m', play.ok({ wait_ms: 5 }));
	const key = await first.key('--budget', `${LIMIT_NANO / 1e9}/1d`);

	let served = 0, others = 0, largest = 0;
	const client = async (gw) => {
		for (let refusals = 0, asked = 0; refusals < 2 && asked < 400; asked++) {
			const reply = await chat(gw, key, BODY, { timeout: 60000 });
			if (reply.status === 200) {
				served += costOf(reply.json.usage);
				largest = Math.max(largest, costOf(reply.json.usage));
			} else if (reply.status === 429) refusals++;
			else others++;
		}
	};
	await Promise.all([...Array(256).fill(first), ...Array(16).fill(second), ...Array(2).fill(third)].map(client));
	assert.equal(others, 0, 'an answer that is neither given nor refused for money');

	for (const gw of [third, second]) await gw.stop();
	await first.free();
	const [{ spent, held }] = await first.sql(`SELECT spent_nano AS spent, held_nano AS held FROM budget_window WHERE limit_nano = ${LIMIT_NANO}`);
	assert.ok(spent <= LIMIT_NANO, `${spent} of ${LIMIT_NANO}`);
	assert.equal(spent, served, 'charged is what was served');
	assert.equal(held, 0);
	// A call that fits is made: its bound is the text by its tokens, and the twenty tokens that it may answer.
	assert.ok(LIMIT_NANO - spent < 100 * largest, `${LIMIT_NANO - spent} are left`);
	const audit = await first.audit();
	assert.ok(audit.clean, audit.text);
});
