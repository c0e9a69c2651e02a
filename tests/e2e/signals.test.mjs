// What signals do to a gateway: a drain, settings read again, or nothing; and who starts again what died, or ends with its
// parent.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';
import { chat, contentOf, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';

let up;

before(async () => { up = await upstream(); });

const plan = (more) => settings([deployment('model', up.base)], { sideways: { drain_seconds: 10 }, ...more });
const lives = (pid) => {
	try { return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1')); } catch { return false; }
};
const ended = (pid) => until(() => !lives(pid), { ms: 8000, what: () => `process ${pid} to end` });
const listening = (gw) => gw.workers().filter((pid) => pid !== gw.child('sideways')?.pid);

async function streaming(gw, key) {
	up.next('model', play.slow(40, 50));
	const answer = stream(gw, key, { model: 'model' });
	await until(() => answer.events.length >= 3);
	return answer;
}

async function wholeIn(answer) {
	await answer.over;
	assert.ok(answer.done && !answer.cut, answer.text.slice(-300));
	assert.equal(contentOf(answer), words(40));
}

// A process that lighttpd started, a worker of `serve`, and the one above the workers.
const TARGETS = [
	{ front: 'fastcgi', name: 'under lighttpd', of: (gw) => gw.workers() },
	{ front: 'nginx', name: 'a worker of serve', of: listening, again: true },
	{ front: 'nginx', name: 'serve itself', of: (gw) => [gw.child('sideways').pid] },
];

for (const { front, name, of, again } of TARGETS) describe(name, () => {
	for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1']) test(`${signal} lets a stream end`, async () => {
		const gw = await gateway({ front, settings: plan() });
		const key = await gw.key();
		const answer = await streaming(gw, key);
		const before = gw.workers();
		const [pid] = of(gw);
		process.kill(pid, signal);
		await wholeIn(answer);
		await ended(pid);
		if (again) await until(async () => (await gw.answers()), { what: () => 'another worker' });
		else if (front === 'nginx') for (const one of before) await ended(one);
		await gw.quiet();
		assert.ok((await gw.audit()).clean);
		await gw.stop();
	});

	test('SIGHUP, SIGUSR2 and SIGALRM cut nothing and end nothing; SIGHUP reads the settings again', async () => {
		const gw = await gateway({ front, settings: plan() });
		const key = await gw.key();
		const answer = await streaming(gw, key);
		const before = gw.workers().sort();
		const loaded = () => gw.output(Infinity).split('settings_loaded').length;
		const had = loaded();
		for (const signal of ['SIGUSR2', 'SIGALRM', 'SIGHUP']) process.kill(of(gw)[0], signal);
		await until(() => loaded() > had, { what: () => 'settings to be read again' });
		await wholeIn(answer);
		assert.deepEqual(gw.workers().sort(), before);
		assert.equal((await chat(gw, key, { model: 'model' })).status, 200);
		await gw.stop();
	});
});

for (const workers of [1, 2]) test(`serve --workers ${workers} starts a worker that died again`, async () => {
	const gw = await gateway({ front: 'nginx', server: { workers }, settings: plan() });
	for (let i = 0; i < 2; i++) {
		const died = listening(gw);
		assert.equal(died.length, workers);
		for (const pid of died) process.kill(pid, 'SIGKILL');
		await until(async () => listening(gw).length === workers && (await gw.answers()), { what: () => 'others to be started' });
	}
	await gw.stop();
});

test('workers end when serve is killed, and a new one takes the socket', async () => {
	const gw = await gateway({ front: 'nginx', server: { workers: 2 }, settings: plan() });
	const old = listening(gw);
	process.kill(gw.child('sideways').pid, 'SIGKILL');
	for (const pid of old) await ended(pid);
	await gw.replace('sideways');
	await until(() => gw.answers());
	await gw.stop();
});

test('a gateway that lighttpd started ends when lighttpd is killed', async () => {
	const gw = await gateway({ front: 'fastcgi', settings: plan() });
	const [pid] = gw.workers();
	process.kill(gw.child('lighttpd').pid, 'SIGKILL');
	await ended(pid);
	await gw.stop();
});

test('under CGI a signal that asks for a drain, or for nothing, leaves the answer alone', async () => {
	const gw = await gateway({ front: 'cgi', settings: plan() });
	const key = await gw.key();
	up.next('model', play.ok({ wait_ms: 1200 }));
	const asked = chat(gw, key, { model: 'model' });
	await until(() => up.log.length > 0 && gw.workers().length > 0);
	await sleep(300);
	for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGALRM']) process.kill(gw.workers()[0], signal);
	assert.equal((await asked).status, 200);
	assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200);
	await gw.stop();
});
