// mod_fcgid ends its processes by itself: at a graceful restart of Apache, and those that it takes for hanging.  A stream that runs
// meanwhile ends whole or as one that broke off, never as a whole one that is none; and its money is settled or charged, never lost.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { chat, stream } from './lib/client.mjs';
import { until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const installed = () => { try { execFileSync('sh', ['-c', 'ls /usr/lib/apache2/modules/mod_fcgid.so'], { stdio: 'ignore' }); return true; } catch { return false; } };
const WORDS = 40, GAP_MS = 250;

// How mod_fcgid comes to end a process in mid-stream: what differs in Apache's file, and what is done when the stream runs.
const ENDS = {
	'a graceful restart of Apache': { act: (gw) => process.kill(gw.children[0].pid, 'SIGUSR1') },
	'a process that is busy for too long': { server: { spoil: [['FcgidBusyTimeout 3600', 'FcgidBusyTimeout 2\nFcgidBusyScanInterval 1\nFcgidErrorScanInterval 1\nFcgidZombieScanInterval 1']] } },
	'a process that is killed': { act: (gw) => { for (const pid of gw.workers()) process.kill(pid, 'SIGKILL'); } },
};

for (const [name, { server = {}, act = () => {} }] of Object.entries(ENDS)) test(`${name}, in mid-stream`, { skip: installed() ? false : 'mod_fcgid is not installed', timeout: 180000 }, async (t) => {
	const up = await upstream();
	const gw = await gateway({ front: 'apacheFcgid', server, settings: settings([deployment('model', up.base)]) });
	const key = await gw.key('--budget', '1/1d');
	up.next('model', play.slow(WORDS, GAP_MS));
	const running = stream(gw, key, { model: 'model', max_tokens: 100 });
	await until(() => running.events.length > 2, { ms: 30000, what: () => 'the stream to run' });
	act(gw);
	const reply = await running.over;
	const words = running.events.filter((event) => event.json.choices?.[0]?.delta?.content).length, whole = running.done;
	t.diagnostic(`${words} of ${WORDS} words, ${whole ? 'whole' : 'cut'}, status ${reply.status}`);
	assert.equal(whole, words === WORDS, 'told as whole');
	// Another process answers, and ends what the dead one held.
	await until(async () => (await chat(gw, key, { model: 'model' })).status === 200, { ms: 60000, what: () => `an answer\n${gw.output()}` });
	await gw.quiet(60000);
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
	const [attempt] = await gw.sql("SELECT state, outcome, cost_nano, bound_nano FROM attempt ORDER BY started_ms LIMIT 1");
	assert.ok(attempt.cost_nano > 0 && attempt.cost_nano <= attempt.bound_nano && attempt.state !== 'released', JSON.stringify(attempt));
});
