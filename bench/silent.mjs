// Measures what clients that say nothing do to the others: `node bench/silent.mjs [PROGRAM]`, after `npm ci` in tests/e2e.
//
//	SERVERS=lighttpd,handing,nginx,apache  COUNTS=300,2000  ASKED=200
//
// Each server runs twice, with its file of config/.  COUNT clients connect to the one, announce a body, send its first byte and
// nothing more, without a key and then with one; meanwhile ASKED calls of a model go to each in turn, so that a busy machine
// slows both.  Read the ratio of the medians, and the failures, which must be none.
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
process.env.SIDEWAYS ??= path.resolve(process.argv[2] ?? path.join(top, 'build/sideways'));
process.chdir(path.join(top, 'tests/e2e'));
const { chat } = await import('../tests/e2e/lib/client.mjs');
const { deployment, settings } = await import('../tests/e2e/lib/settings.mjs');
const { sleep } = await import('../tests/e2e/lib/sandbox.mjs');
const { gateway, upstream } = await import('../tests/e2e/lib/story.mjs');

// What the files of config/ cannot set, because it stands in the server's own.
const SERVERS = {
	lighttpd: { front: 'lighttpdSpawned' },
	// As a lighttpd that hands bodies over as they come, so that all that is silent reaches Sideways.
	handing: { front: 'lighttpdSpawned', server: { spoil: [['server.stream-request-body = 0', 'server.stream-request-body = 2']] } },
	nginx: { front: 'nginxSocket' },
	apache: { front: 'apacheProxy', server: { global: 'ServerLimit 64\nMaxRequestWorkers 4096' } },
};
const names = (process.env.SERVERS ?? Object.keys(SERVERS).join()).split(',');
const counts = (process.env.COUNTS ?? '300,2000').split(',').map(Number);
const asked = Number(process.env.ASKED ?? 200);

async function call({ gw, key, times }) {
	const begun = performance.now();
	const status = await chat(gw, key, { model: 'model' }, { fresh: true, timeout: 5000 }).then((reply) => reply.status, () => 0);
	times.push(performance.now() - begun);
	return status !== 200;
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

async function silence(gw, count, key) {
	const sockets = [];
	for (let i = 0; i < count; i++) {
		const socket = net.connect(gw.port, '127.0.0.1', () => socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n${key ? `Authorization: Bearer ${key}\r\n` : ''}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`));
		sockets.push(socket.on('error', () => {}));
		if (i % 100 === 99) await sleep(20); // no more than the listen queue takes
	}
	await sleep(500);
	return sockets;
}

for (const name of names) test(name, async () => {
	const up = await upstream();
	const made = [];
	for (let i = 0; i < 2; i++) {
		const gw = await gateway({ ...SERVERS[name], settings: settings([deployment('model', up.base)]) });
		made.push({ gw, key: await gw.key() });
	}
	for (const count of counts) for (const known of [false, true]) {
		const [quiet, silenced] = made.map((one) => ({ ...one, times: [] }));
		const sockets = await silence(silenced.gw, count, known && silenced.key);
		let failed = 0;
		for (let i = 0; i < asked; i++) failed += (await call(quiet)) + (await call(silenced));
		const open = sockets.filter((socket) => !socket.destroyed && socket.readable).length;
		const [before, during] = [median(quiet.times), median(silenced.times)];
		for (const socket of sockets) socket.destroy();
		console.log(`${name.padEnd(9)} ${String(count).padStart(5)} silent ${known ? 'with a key   ' : 'without a key'}  p50 ${during.toFixed(2)} ms, without them ${before.toFixed(2)} ms (${(during / before).toFixed(2)})  failed ${failed}  still connected ${open}`);
		await sleep(500);
	}
	for (const { gw } of made) await gw.stop();
});
