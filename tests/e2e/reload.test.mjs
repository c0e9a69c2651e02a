// New settings and orderly stops: no request is dropped, and a broken file changes nothing but readiness.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';
import { chat, contentOf, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';

describe('settings that change', () => {
	let up, gw, key;
	const good = (more = []) => settings([deployment('first', up.base), deployment('long', up.base), ...more]);

	before(async () => {
		up = await upstream();
		gw = await gateway({ front: 'nginx', settings: good() });
		key = await gw.key();
	});

	// It still serves, by the old settings: ready, and saying that something is wrong.
	const readiness = () => request(`${gw.base}/health/readiness`);
	const degraded = async () => {
		const { status, json } = await readiness();
		return status === 200 && json.status === 'degraded' && /previous settings/.test(json.settings);
	};
	const healthy = async () => (await readiness()).json.status === 'healthy';

	test('a new file is taken up while requests run, and none of them fails', async () => {
		let running = true;
		const failures = [];
		const load = Promise.all(Array.from({ length: 8 }, async () => {
			while (running) {
				const reply = await chat(gw, key, { model: 'first' });
				if (reply.status !== 200) failures.push(reply.text);
			}
		}));
		up.next('long', play.slow(40, 50));
		const long = stream(gw, key, { model: 'long' });
		await until(() => long.events.length > 1);
		for (let i = 0; i < 3; i++) {
			gw.write(good([deployment(`extra-${i}`, up.base)]));
			await until(async () => (await chat(gw, key, { model: `extra-${i}` })).status === 200, { ms: 5000, what: () => `extra-${i}` });
		}
		running = false;
		await load;
		assert.deepEqual(failures.slice(0, 3), []);
		await long.over;
		assert.ok(long.done);
		assert.equal(contentOf(long), words(40));
	});

	for (const [name, text] of [
		['that is no YAML', 'model_list: [\n  - broken: {'],
		['with tabs', 'model_list:\n\t- model_name: x\n'],
		['that is a list', '- a\n- b\n'],
		['that is empty', ''],
		['with a fallback to nowhere', null],
	]) {
		test(`a file ${name} keeps the old settings, and readiness says so`, async () => {
			gw.write(text ?? { ...good([deployment('kept', up.base)]), litellm_settings: { fallbacks: [{ first: ['nowhere'] }] } });
			await until(degraded, { what: () => 'readiness to tell', ms: 5000 });
			assert.equal((await chat(gw, key, { model: 'first' })).status, 200);
			assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200);
			gw.write(good());
			await until(healthy, { what: () => 'readiness to recover', ms: 5000 });
		});
	}

	test('a file that vanishes keeps the old settings', async () => {
		fs.renameSync(gw.config, `${gw.config}.away`);
		await until(degraded, { ms: 5000 });
		assert.equal((await chat(gw, key, { model: 'first' })).status, 200);
		fs.renameSync(`${gw.config}.away`, gw.config);
		await until(healthy, { ms: 5000 });
	});

	test('the log told about each broken file once', () => {
		const lines = fs.readFileSync(`${gw.dir}/sideways.out`, 'utf8').split('\n').filter((line) => /nowhere/.test(line));
		assert.equal(lines.length, 1, lines.join('\n'));
		assert.match(lines[0], /sideways\.yaml:\d+:\d+/);
	});
});

describe('a gateway that starts without good settings', () => {
	test('answers 503 with the reason, and heals', async () => {
		const up = await upstream();
		const gw = await gateway({ front: 'nginx', settings: '- a list\n' });
		const reply = await request(`${gw.base}/health/readiness`);
		assert.equal(reply.status, 503);
		assert.equal((await chat(gw, 'sk-x', { model: 'm' })).status, 503);
		gw.write(settings([deployment('m', up.base)]));
		await until(() => gw.ready(), { ms: 5000, what: () => 'readiness' });
		assert.equal((await chat(gw, await gw.key(), { model: 'm' })).status, 200);
	});

	test('serves without the fallbacks that lead nowhere, as LiteLLM does, and shows what the file says of its models', async () => {
		const up = await upstream();
		const gw = await gateway({ front: 'nginx', settings: settings([deployment('m', up.base, { info: { hosted_in: 'EU', speed: [1, 2.5] } })],
			{ litellm: { fallbacks: [{ m: ['nowhere'] }, { 'openai/gone': ['m'] }] } }) });
		const key = await gw.key();
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		const { json } = await request(`${gw.base}/model/info`, { headers: { authorization: `Bearer ${key}` } });
		assert.equal(json.data[0].model_info.hosted_in, 'EU');
		assert.deepEqual(json.data[0].model_info.speed, [1, 2.5]);
	});
});

describe('SIGTERM', () => {
	for (const front of ['nginx', 'fastcgi']) {
		test(`lets running requests end and settles them (${front})`, async () => {
			const up = await upstream();
			const gw = await gateway({ front, server: { workers: 2 }, settings: settings([deployment('m', up.base)], { sideways: { drain_seconds: 10 } }) });
			const key = await gw.key();
			up.always('m', play.slow(20, 60));
			const streams = Array.from({ length: 6 }, () => stream(gw, key, { model: 'm' }));
			await until(() => streams.every((one) => one.events.length > 1));
			const workers = gw.workers();
			assert.ok(workers.length >= 1);
			// The program is told, the web server stays, as in a restart of the program alone.
			if (front === 'nginx') gw.child('sideways').kill('SIGTERM');
			else for (const pid of workers) process.kill(pid, 'SIGTERM');
			for (const one of await Promise.all(streams.map((s) => s.over))) {
				assert.ok(one.done, one.text.slice(-300));
				assert.equal(contentOf(one), words(20));
			}
			await until(() => workers.every((pid) => !fs.existsSync(`/proc/${pid}`)), { what: () => 'the workers to end', ms: 5000 });
			await gw.quiet();
			assert.equal((await gw.sql("SELECT count(*) AS n FROM attempt WHERE state = 'settled'"))[0].n, 6);
			assert.ok((await gw.audit()).clean);
		});
	}

	test('a request that outlives the drain is cut and charged for what was streamed', async () => {
		const up = await upstream();
		const gw = await gateway({ front: 'nginx', settings: settings([deployment('m', up.base)], { sideways: { drain_seconds: 1 } }) });
		const key = await gw.key();
		up.always('m', play.slow(400, 50));
		const one = stream(gw, key, { model: 'm' });
		await until(() => one.events.length > 2);
		gw.child('sideways').kill('SIGTERM');
		await one.over;
		assert.ok(!one.done);
		await until(() => gw.child('sideways').exitCode !== null || gw.child('sideways').signalCode !== null, { ms: 6000, what: () => 'the program to end' });
		const { status } = await gw.cli('audit');
		assert.equal(status, 0);
		await sleep(100);
		const [attempt] = await gw.attempts();
		assert.ok(!attempt || ['settled', 'unknown'].includes(attempt.state)); // or its hold is still open
	});

	test('a dead worker is started again and its requests go on', async () => {
		const up = await upstream();
		const gw = await gateway({ front: 'nginx', server: { workers: 2 }, settings: settings([deployment('m', up.base)]) });
		const key = await gw.key();
		const supervisor = gw.child('sideways').pid;
		const [victim] = gw.workers().filter((pid) => pid !== supervisor);
		process.kill(victim, 'SIGKILL');
		await until(() => gw.workers().filter((pid) => pid !== supervisor && pid !== victim).length === 2, { ms: 5000, what: () => 'a new worker' });
		for (let i = 0; i < 10; i++) assert.equal((await chat(gw, key, { model: 'm' }, { fresh: true })).status, 200);
	});
});
