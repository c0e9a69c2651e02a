// A provider's name that leads elsewhere later: to an address inside that is never called (a cloud's metadata), after first calls that were good.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chat } from './lib/client.mjs';
import { ownSpace, standIn } from './lib/own_space.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const HOSTS = '/etc/hosts', NAME = 'provider.test', METADATA = '169.254.169.254';

// What was looked up holds for a minute, and so does a connection that is kept: here none is.
test('a name that changes to an address that is never called', { skip: ownSpace(HOSTS) ? false : 'no name spaces here', timeout: 180000 }, async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'nginx', start: false, settings: settings([deployment('first', up.base.replace('127.0.0.1', NAME)), deployment('second', up.base)],
		{ router: { allowed_fails: 1000, num_retries: 0, fallbacks: [{ first: ['second'] }] }, sideways: { connect_timeout: 2 } }) });
	const hosts = path.join(gw.dir, 'hosts');
	fs.writeFileSync(hosts, `127.0.0.1 ${NAME}\n`);
	standIn(gw, hosts, HOSTS);
	await gw.start();
	const key = await gw.key();
	const ask = async () => {
		const reply = await chat(gw, key, { model: 'first' });
		assert.equal(reply.status, 200, reply.text); // the second one answers where the first cannot be reached
		return gw.attempts(reply.headers['x-sideways-request-id']);
	};
	const hangUp = () => { for (const socket of up.sockets) socket.destroy(); };
	assert.equal((await ask()).length, 1);
	hangUp();
	fs.writeFileSync(hosts, `${METADATA} ${NAME}\n`); // the same file: it is the one that is seen there
	let attempts;
	for (const until = Date.now() + 150000; Date.now() < until;) {
		attempts = await ask();
		if (attempts.length > 1) break;
		hangUp();
		await new Promise((resolve) => setTimeout(resolve, 1000));
	}
	assert.deepEqual(attempts.map(({ outcome, state, cost_nano }) => [outcome, state, cost_nano > 0]), [['unreachable', 'released', false], ['ok', 'settled', true]]);
	assert.ok((await gw.audit()).clean);
});
