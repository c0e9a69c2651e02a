#!/usr/bin/env node
// Records what coding agents send, for the corpus: record.mjs FOLDER [NAME...]
//
// The agents of tests/e2e/agents do their task against a scripted provider on loopback; of each the longest body that had tools (of aider,
// which has none, the longest) is kept as FOLDER/NAME.json.gz.  Paths, names and numbers of this machine, ids and dates are replaced.
// recorded/ has those whose licence lets their prompts be passed on; Claude Code's does not, so record that one for yourself (BOUND_RECORDED).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { CLIENTS, run } from '../e2e/agents/clients.mjs';
import { model } from '../e2e/agents/story.mjs';
import { startProvider } from '../e2e/lib/native.mjs';

const ZERO = '00000000-0000-4000-8000-000000000000';
const PLAIN = [
	[/\/(?:private\/)?tmp\/sideways-agent-\w+/g, '/home/user/project'],
	[/sideways-agent-\w+/g, 'project'],
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, ZERO],
	[/\b[0-9a-f]{32,64}\b/gi, (id) => '0'.repeat(id.length)],
	[/(?:127\.0\.0\.1|localhost):\d+/g, 'localhost:8080'],
	[/\b20\d\d-\d\d-\d\d\b/g, '2026-11-29'],
	[/\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \w+ \d+, 20\d\d\b/g, 'Sunday, November 29, 2026'],
	[/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} \d\d 20\d\d\b/g, 'Sun Nov 29 2026'],
	[/\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, '12:00:00'],
];

function cleaned(body) {
	let text = JSON.stringify(body);
	for (const [from, to] of PLAIN) text = text.replace(from, to);
	const own = [[process.env.AGENTS_DIR ?? path.join(import.meta.dirname, '../e2e/agents/installed'), '/usr/lib'], [os.homedir(), '/home/user'], [os.hostname(), 'machine'], [os.release(), '6.0.0'], [process.cwd(), '/home/user/project']];
	for (const [from, to] of own) if (from.length > 2) text = text.replaceAll(JSON.stringify(from).slice(1, -1), to);
	return text;
}

async function record(name) {
	const provider = await startProvider({ name, answer: model().answer });
	const format = CLIENTS[name].format;
	try {
		const { text, code } = await run(name, { base: provider.base, key: 'sk-recorded', model: format === 'gemini' ? 'gemini-3-flash-preview' : 'main', ms: 120000 });
		const bodies = provider.log.map((entry) => entry.body).filter((body) => body && (CLIENTS[name].noTools || body.tools?.length));
		if (!bodies.length) throw new Error(`${name} (${code}) sent nothing: ${text.slice(-500)}`);
		return bodies.map(cleaned).sort((a, b) => b.length - a.length)[0];
	} finally {
		await provider.close();
	}
}

const [folder, ...names] = process.argv.slice(2);
fs.mkdirSync(folder, { recursive: true });
for (const name of names.length ? names : Object.keys(CLIENTS).filter((one) => !CLIENTS[one].sdk)) {
	const body = await record(name);
	fs.writeFileSync(path.join(folder, `${name}.json.gz`), zlib.gzipSync(`${body}\n`, { level: 9 }));
	console.log(`${name}: ${body.length} bytes`);
}
