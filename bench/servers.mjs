#!/usr/bin/env node
// Measures Sideways behind each server that config/ has a file for, beside nginx as a plain proxy to the same mock provider.
//
//	bench/servers.mjs [PROGRAM]      the program is ./build/sideways when it is not given; CONNECTIONS=16 SECONDS_EACH=3 ROUNDS=3
//
// The servers are started as the end-to-end tests start them (tests/e2e/lib/fronts.mjs), one at a time, with a budget on the key.
// Rounds of all of them alternate and the median counts; each round measures the plain proxy too, and the ratio is to that.
// Memory is read at the end of a round under load: resident, and what no other process shares (USS), for each process of the program.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median, startMock } from './mock.mjs';

const top = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
process.env.SIDEWAYS = path.resolve(process.argv[2] ?? path.join(top, 'build/sideways'));
const { sleep, startGateway } = await import('../tests/e2e/lib/sandbox.mjs');
const { deployment, settings } = await import('../tests/e2e/lib/settings.mjs');

const connections = Number(process.env.CONNECTIONS ?? 16), seconds = Number(process.env.SECONDS_EACH ?? 3), rounds = Number(process.env.ROUNDS ?? 3);
const FRONTS = ['lighttpdSpawned', 'lighttpdSocket', 'nginxSocket', 'caddy', 'apacheProxy', 'apacheFcgid', 'lighttpdCgi', 'apacheCgi'];
const WORDS = { lighttpdSpawned: 'lighttpd starts it', lighttpdSocket: 'lighttpd, a service', nginxSocket: 'nginx, a service', caddy: 'Caddy, a service',
	apacheProxy: 'Apache mod_proxy_fcgi', apacheFcgid: 'Apache mod_fcgid', lighttpdCgi: 'lighttpd, CGI', apacheCgi: 'Apache, CGI' };

const { mock, plainPort, load, stop } = await startMock();

// MB of each process of the gateway, whose settings its environment names.
function processes(gateway) {
	const programs = [process.env.SIDEWAYS, gateway.program];
	return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
		try {
			if (!programs.includes(fs.readlinkSync(`/proc/${pid}/exe`)) || !fs.readFileSync(`/proc/${pid}/environ`).includes(gateway.dir)) return [];
			const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
			const kb = (name) => [...rollup.matchAll(new RegExp(`^${name}:\\s+(\\d+)`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
			return [{ rss: kb('Rss') / 1024, own: (kb('Private_Clean') + kb('Private_Dirty')) / 1024 }];
		} catch { return []; }
	});
}

const seen = new Map(FRONTS.map((front) => [front, []]));
let failures = 0;

async function measure(front) {
	const gateway = await startGateway({ front, settings: settings([deployment('bench', mock)],
		{ litellm: { max_budget: 1000000, budget_duration: '30d' } }) });
	try {
		const key = await gateway.key('--budget', '100000/30d');
		await load(gateway.base, [key], connections, seconds); // processes and connections are made
		const plain = await load(`http://127.0.0.1:${plainPort}`, ['none'], connections, seconds);
		const loading = load(gateway.base, [key], connections, seconds);
		await sleep(seconds * 900);
		const running = processes(gateway);
		const own = await loading;
		failures += own.failed + plain.failed;
		if (own.failed) console.error(`  ! ${front}: ${own.failed} failed requests`);
		seen.get(front).push({ ...own, plain: own.rate / plain.rate, count: running.length, rss: Math.max(...running.map((one) => one.rss)), own: Math.max(...running.map((one) => one.own)) });
	} finally {
		await gateway.stop();
		await gateway.remove();
	}
}

try {
	for (let round = 0; round < rounds; round++) for (const front of FRONTS) await measure(front);
	console.log(`${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} cores, c=${connections}, rounds of ${seconds} s, median of ${rounds}; bodies of 1 KB, budgets and request log on`);
	console.log(`${'behind'.padEnd(24)}${['requests/s', 'of plain', 'p50 ms', 'p99 ms', 'processes', 'MB each', 'own MB'].map((word) => word.padStart(11)).join('')}`);
	for (const [front, all] of seen) {
		const of = (name) => median(all.map((one) => one[name]));
		console.log(WORDS[front].padEnd(24) + [of('rate').toFixed(0), of('plain').toFixed(3), of('p50').toFixed(2), of('p99').toFixed(2), of('count'), of('rss').toFixed(1), of('own').toFixed(1)]
			.map((word) => String(word).padStart(11)).join(''));
	}
	console.log(`failed requests: ${failures}`);
} finally {
	stop();
}
process.exit(failures ? 1 : 0);
