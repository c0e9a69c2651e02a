// A disk that is full, broken or slow, and a limit on the size of files: no call is made whose hold or lease is not durable,
// the process lives, and all goes on when the disk does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';

let up, folder, library;

before(async () => {
	up = await upstream();
	folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-disk-'));
	library = path.join(folder, 'disk_faults.so');
	execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, fileURLToPath(new URL('lib/disk_faults.c', import.meta.url)), '-ldl']);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const plan = (sideways) => settings([deployment('model', up.base)], { sideways });
const worker = (gw) => gw.workers().filter((pid) => pid !== gw.child('sideways').pid)[0];
const ask = (gw, key) => chat(gw, key, { model: 'model' }, { fresh: true });

// A lease of before the fault covers calls until their ends have waited ten seconds for the disk; none is made without
// cover, and the process stays the same.
async function bears(gw, key, begin, end) {
	const pid = worker(gw);
	assert.equal((await ask(gw, key)).status, 200);
	await gw.quiet();
	await begin(pid);
	const count = up.log.length;
	let served = 0;
	await until(async () => {
		const reply = await ask(gw, key);
		assert.ok([200, 503].includes(reply.status), reply.text);
		served += reply.status === 200;
		return reply.status === 503;
	}, { ms: 30000, what: () => 'the fault to be felt' });
	assert.ok(up.log.length - count <= served, 'a call was made without cover');
	assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200);
	await end(pid);
	await until(async () => (await ask(gw, key)).status === 200, { ms: 15000, what: () => 'calls to go on' });
	assert.equal(worker(gw), pid, 'the process has ended');
	await gw.quiet(20000);
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
}

test('a limit on the size of files does not end the process', async () => {
	const gw = await gateway({ front: 'nginx', settings: plan() });
	const key = await gw.key();
	await bears(gw, key, (pid) => execFileSync('prlimit', ['--pid', String(pid), '--fsize=4096:unlimited']), (pid) => execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']));
	await gw.stop();
});

for (const [word, name] of [['eio', 'syncs fail'], ['enospc', 'there is no room']]) test(`a disk on which ${name}`, async () => {
	const told = path.join(folder, `${word}.txt`);
	fs.writeFileSync(told, '');
	const gw = await gateway({ front: 'nginx', settings: plan(), env: { LD_PRELOAD: library, DISK_FAULTS: told } });
	const key = await gw.key();
	await bears(gw, key, () => fs.writeFileSync(told, word), () => fs.writeFileSync(told, ''));
	await gw.stop();
});

test('a disk that needs two seconds to sync makes calls without leases slow, and health is as quick as ever', async () => {
	const told = path.join(folder, 'slow.txt');
	fs.writeFileSync(told, '');
	const gw = await gateway({ front: 'nginx', settings: plan({ leases: { enabled: false } }), env: { LD_PRELOAD: library, DISK_FAULTS: told } });
	const key = await gw.key();
	assert.equal((await ask(gw, key)).status, 200);
	fs.writeFileSync(told, 'slow');
	const calls = Array.from({ length: 8 }, () => ask(gw, key));
	await new Promise((resolve) => setTimeout(resolve, 300));
	let over = false;
	Promise.all(calls).then(() => { over = true; });
	assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200);
	assert.ok(!over, 'health did not wait for the disk');
	for (const reply of await Promise.all(calls)) assert.equal(reply.status, 200, reply.text);
	fs.writeFileSync(told, '');
	await gw.quiet(20000);
	assert.ok((await gw.audit()).clean);
	await gw.stop();
});
