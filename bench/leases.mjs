#!/usr/bin/env node
// Measures what leases give: with them, without them (sideways_settings.leases.enabled), and another program beside both.
//
//	bench/leases.mjs [PROGRAM]     the program is ./build/sideways when it is not given
//	BASE=PROGRAM                   an older one beside it; ONLY=1x1,4x16 the rows whose name has one of these
//	KINDS='leases,base holds'      these columns only
//	SECONDS_EACH=3 ROUNDS=3        rounds of all alternate, and the median counts
//
// A row is a server with so many processes, so many connections, and the keys: one, or 10,000 of which each request takes one
// by chance, so that each has a call now and then.  All keys have a budget a month, the gateway has one, and the record is on.
import os from 'node:os';
import path from 'node:path';

const top = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
process.env.SIDEWAYS = path.resolve(process.argv[2] ?? path.join(top, 'build/sideways'));
const { median, startMock } = await import('./mock.mjs');
const { MASTER_KEY, startGateway } = await import('../tests/e2e/lib/sandbox.mjs');
const { request } = await import('../tests/e2e/lib/client.mjs');
const { deployment, settings } = await import('../tests/e2e/lib/settings.mjs');

const seconds = Number(process.env.SECONDS_EACH ?? 3), rounds = Number(process.env.ROUNDS ?? 3), MANY = Number(process.env.KEYS ?? 10000);
const only = (process.env.ONLY ?? '').split(',').filter(Boolean);
const ROWS = [
	{ front: 'nginx', workers: 1, connections: 1, keys: 1 }, { front: 'nginx', workers: 1, connections: 64, keys: 1 },
	{ front: 'nginx', workers: 4, connections: 1, keys: 1 }, { front: 'nginx', workers: 4, connections: 64, keys: 1 },
	{ front: 'nginx', workers: 64, connections: 64, keys: 1 }, { front: 'apacheFcgid', workers: 64, connections: 64, keys: 1 },
	{ front: 'nginx', workers: 1, connections: 1, keys: MANY }, { front: 'nginx', workers: 4, connections: 1, keys: MANY },
	{ front: 'nginx', workers: 4, connections: 16, keys: MANY }, { front: 'nginx', workers: 4, connections: 64, keys: MANY },
].map((row) => ({ ...row, name: `${row.front === 'nginx' ? 'nginx' : 'mod_fcgid'} ${row.workers}x${row.connections}, ${row.keys} key${row.keys > 1 ? 's' : ''}` }))
	.filter((row) => !only.length || only.some((word) => row.name.includes(word)));
const BASE = process.env.BASE && path.resolve(process.env.BASE);
const KINDS = [{ name: 'leases', leases: true }, { name: 'holds', leases: false },
	...(BASE ? [{ name: 'base leases', leases: true, program: BASE }, { name: 'base holds', leases: false, program: BASE }] : [])]
	.filter((kind) => !process.env.KINDS || process.env.KINDS.split(',').includes(kind.name));

const { mock, load, stop } = await startMock();
const newKey = async (gateway) => (await request(`${gateway.base}/key/generate`, { method: 'POST', headers: { authorization: `Bearer ${MASTER_KEY}` },
	body: { max_budget: 1000, budget_duration: '30d' } })).json.key;

async function manyKeys(gateway, count) {
	const keys = [];
	await Promise.all(Array.from({ length: Math.min(16, count) }, async () => {
		while (keys.length < count) keys[keys.push(null) - 1] = await newKey(gateway);
	}));
	return keys.filter(Boolean);
}

let failures = 0;

async function start(row, kind) {
	const gateway = await startGateway({ front: row.front, server: { workers: row.workers }, start: false, settings: settings([deployment('bench', mock)],
		{ litellm: { max_budget: 1000000, budget_duration: '30d' }, sideways: { leases: { enabled: kind.leases } } }) });
	gateway.wrapper = kind.program;
	await gateway.start();
	const keys = await manyKeys(gateway, row.keys);
	await load(gateway.base, keys, row.connections, 1); // processes and connections are made
	return { kind, gateway, keys };
}

async function measure(row) {
	const running = [], seen = Object.fromEntries(KINDS.map((kind) => [kind.name, []]));
	try {
		for (const kind of KINDS) running.push(await start(row, kind));
		for (let round = 0; round < rounds; round++) for (const { kind, gateway, keys } of running) {
			const figures = await load(gateway.base, keys, row.connections, seconds);
			failures += figures.failed;
			if (figures.failed) console.error(`  ! ${row.name}, ${kind.name}: ${figures.failed} failed requests`);
			seen[kind.name].push(figures);
		}
	} finally {
		for (const { gateway } of running) { await gateway.stop(); await gateway.remove(); }
	}
	return seen;
}

try {
	console.log(`${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} cores, rounds of ${seconds} s, median of ${rounds}: requests/s, p50, p99 ms`);
	console.log(`${'processes x connections'.padEnd(34)}${KINDS.map((kind) => kind.name.padStart(26)).join('')}`);
	for (const row of ROWS) {
		const seen = await measure(row);
		const of = (kind, name) => median(seen[kind.name].map((one) => one[name]));
		console.log(row.name.padEnd(34) + KINDS.map((kind) => of(kind, 'rate').toFixed(0).padStart(10) + of(kind, 'p50').toFixed(2).padStart(8) + of(kind, 'p99').toFixed(2).padStart(8)).join(''));
	}
	console.log(`failed requests: ${failures}`);
} finally {
	stop();
}
process.exit(failures ? 1 : 0);
