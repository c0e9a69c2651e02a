// Asks LiteLLM and Sideways the same, and compares what the client got and what the provider got.
//
// Compared are the status, the shape of the answer (which members, of which type), its text, the order of a stream's events, and
// the body that each provider was sent.  Names that are made anew for each answer (ids, times) are compared by their type.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { request } from '../lib/client.mjs';
import { startProvider } from '../lib/native.mjs';
import { freePort, MASTER_KEY, startGateway } from '../lib/sandbox.mjs';
import { toYaml } from '../lib/yaml.mjs';
import { listed } from './differences.mjs';
import { answer, requests, settingsAt } from './requests.mjs';

const [word] = process.argv.slice(2);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- the two ----

async function startLitellm(config, dir) {
	const port = await freePort();
	const out = fs.openSync(path.join(dir, 'litellm.out'), 'a', 0o600);
	const child = spawn(process.env.LITELLM, ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False'],
		{ cwd: dir, stdio: ['ignore', out, out], env: { PATH: process.env.PATH, HOME: dir, LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', NO_DOCS: 'True' } });
	const base = `http://127.0.0.1:${port}`;
	for (let i = 0; i < 3000; i++) { // it takes minutes on a busy machine
		if (child.exitCode !== null) throw new Error(`LiteLLM ended: ${fs.readFileSync(path.join(dir, 'litellm.out'), 'utf8').slice(-2000)}`);
		if ((await request(`${base}/health/liveliness`, { timeout: 2000 }).catch(() => null))?.status === 200) return { base, key: MASTER_KEY, stop: () => child.kill('SIGTERM') };
		await sleep(200);
	}
	throw new Error('LiteLLM does not answer');
}

// ---- what is compared ----

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

// "choices[].message.content: string", each once.
function shape(value, at = '', out = new Set()) {
	if (typeOf(value) === 'list') value.forEach((item) => shape(item, `${at}[]`, out));
	else if (typeOf(value) === 'object') Object.entries(value).forEach(([name, item]) => shape(item, at ? `${at}.${name}` : name, out));
	if (typeOf(value) !== 'object' || Object.keys(value).length === 0) out.add(`${at}: ${typeOf(value)}`);
	return out;
}

// Values that a client acts on.
const VALUES = /(^|\.)(finish_reason|stop_reason|role|type|object|model|name|arguments|content|text|reasoning_content|thinking|signature|code|param|status|status_code|partial_json|input_tokens|output_tokens|prompt_tokens|completion_tokens|total_tokens|cached_tokens)$/;

function values(value, at = '', out = []) {
	if (typeOf(value) === 'list') value.forEach((item) => values(item, `${at}[]`, out));
	else if (typeOf(value) === 'object') Object.entries(value).forEach(([name, item]) => values(item, at ? `${at}.${name}` : name, out));
	else if (VALUES.test(at)) out.push(`${at} = ${JSON.stringify(value)}`);
	return out;
}

function events(text) {
	return text.split(/\r?\n\r?\n/).filter((block) => /^(data|event):/m.test(block)).map((block) => {
		const name = /^event: ?(.*)$/m.exec(block)?.[1];
		const data = [...block.matchAll(/^data: ?(.*)$/mg)].map((m) => m[1]).join('\n');
		try { return { name, json: JSON.parse(data) }; } catch { return { name, text: data }; }
	});
}

// One event as a word or two, so that the order can be compared; runs of the same are one.
function kindOf({ name, json, text }) {
	if (!json) return text;
	if (name || json.type) return [name, json.type, json.delta?.type ?? json.content_block?.type ?? json.item?.type].filter(Boolean).join(' ');
	if (json.error) return 'error';
	const choice = json.choices?.[0];
	if (!choice) return json.usage ? 'usage' : json.candidates ? 'candidate' : 'empty';
	const said = Object.entries(choice.delta ?? { text: choice.text }).filter(([, v]) => v !== null && v !== '' && v !== undefined).map(([k]) => k).join('+');
	return [said || 'nothing', choice.finish_reason].filter(Boolean).join(' ');
}

const joined = (list, pick) => list.map(pick).filter((x) => typeof x === 'string').join('');

function spoken(list) {
	return {
		text: joined(list, (e) => e.json?.choices?.[0]?.delta?.content ?? e.json?.choices?.[0]?.text ?? (e.json?.delta?.text ?? (e.json?.type === 'response.output_text.delta' ? e.json.delta : undefined))),
		reasoning: joined(list, (e) => e.json?.choices?.[0]?.delta?.reasoning_content ?? e.json?.delta?.thinking),
		arguments: joined(list, (e) => e.json?.choices?.[0]?.delta?.tool_calls?.map((c) => c.function?.arguments ?? '').join('') ?? e.json?.delta?.partial_json),
		finish: joined(list, (e) => e.json?.choices?.[0]?.finish_reason ?? e.json?.delta?.stop_reason),
	};
}

function told(reply) {
	if (/event-stream/.test(reply.headers['content-type'] ?? '')) {
		const list = events(reply.text), order = list.map(kindOf).filter((kind, i, all) => kind !== all[i - 1]);
		return { status: reply.status, order: order.join(' | '), shape: list.filter((e) => e.json).reduce((all, e) => shape(e.json, '', all), new Set()), values: Object.entries(spoken(list)).map(([k, v]) => `${k} = ${JSON.stringify(v)}`) };
	}
	return { status: reply.status, shape: reply.json === undefined ? new Set([`text ${reply.text.length > 0}`]) : shape(reply.json), values: reply.json === undefined ? [] : values(reply.json) };
}

function onlyIn(a, b) {
	return [...a].filter((item) => !new Set(b).has(item));
}

// Differences as lines: "status: 400 | 502", LiteLLM's on the left.
function differences(theirs, ours) {
	const out = [];
	if (theirs.told.status !== ours.told.status) out.push(`status: ${theirs.told.status} | ${ours.told.status}`);
	if (theirs.told.status !== ours.told.status && Math.min(theirs.told.status, ours.told.status) < 400) return out; // nothing else can be alike
	if (theirs.told.order !== ours.told.order) out.push(`order: ${theirs.told.order} | ${ours.told.order}`);
	for (const part of ['shape', 'values']) {
		for (const item of onlyIn(theirs.told[part], ours.told[part])) out.push(`${part}: ${item} | -`);
		for (const item of onlyIn(ours.told[part], theirs.told[part])) out.push(`${part}: - | ${item}`);
	}
	if (theirs.sent.length !== ours.sent.length) out.push(`calls: ${theirs.sent.length} | ${ours.sent.length}`);
	for (let i = 0; i < Math.min(theirs.sent.length, ours.sent.length); i++) {
		if (theirs.sent[i].path !== ours.sent[i].path) out.push(`sent path: ${theirs.sent[i].path} | ${ours.sent[i].path}`);
		const names = new Set([...Object.keys(theirs.sent[i].body), ...Object.keys(ours.sent[i].body)]);
		for (const name of names) {
			const a = JSON.stringify(theirs.sent[i].body[name]), b = JSON.stringify(ours.sent[i].body[name]);
			if (a !== b) out.push(`sent ${name}: ${a ?? '-'} | ${b ?? '-'}`);
		}
	}
	return out;
}

async function ask(side, one, providers) {
	for (const provider of providers) provider.log.length = 0;
	const headers = { ...(one.key === 'none' ? {} : one.key ? { [one.key]: side.key } : { authorization: `Bearer ${side.key}` }), ...one.headers };
	const reply = await request(`${side.base}${one.path}`.replace('KEY', side.key), { method: one.method ?? 'POST', headers, body: one.body, timeout: 60000 });
	await sleep(5);
	const sent = providers.flatMap((p) => p.log.map((entry) => ({ path: entry.path, body: entry.body, headers: entry.headers })));
	return { told: told(reply), sent, text: reply.text };
}

// ---- the run ----

const providers = await Promise.all(['one', 'two'].map((name) => startProvider({ name, answer, anyStore: true })));
const settings = settingsAt(providers, MASTER_KEY);
const gateway = await startGateway({ front: 'nginx', settings });
let litellm, failed = 0, same = 0, used = new Map();
try {
	fs.writeFileSync(path.join(gateway.dir, 'litellm.yaml'), toYaml(settings), { mode: 0o600 });
	litellm = await startLitellm(path.join(gateway.dir, 'litellm.yaml'), gateway.dir);
	const own = { base: gateway.base, key: await gateway.key('--alias', 'beside') };
	const chosen = requests.filter((one) => !word || one.name.includes(word));
	for (const one of chosen) {
		const theirs = await ask(litellm, one, providers), ours = await ask(own, one, providers);
		const found = differences(theirs, ours).map((line) => ({ line, row: listed.find((row) => row.what.test(line) && (!row.at || row.at.test(one.name))) }));
		for (const { row } of found) if (row) used.set(row, (used.get(row) ?? 0) + 1);
		const bad = found.filter(({ row }) => !row);
		if (!bad.length) same += 1;
		else failed += 1;
		console.log(`${bad.length ? 'not ok' : 'ok'} - ${one.name}${found.length ? ` (${found.length - bad.length} listed)` : ''}`);
		for (const { line, row } of found) if (!row || word) console.log(`#   ${row ? `${row.whose}: ` : ''}${line.slice(0, 400)}`);
		if (word && process.env.BESIDE_TEXT) console.log(`# LiteLLM: ${theirs.text.slice(0, 3000)}\n# Sideways: ${ours.text.slice(0, 3000)}`);
	}
} finally {
	litellm?.stop();
	await gateway.remove();
	for (const provider of providers) await provider.close();
}
if (!word) for (const row of listed) if (!used.has(row)) console.log(`# listed and not met: ${row.what} ${row.at ?? ''}`);
console.log(`# beside: ${same + failed} requests, ${same} alike or as listed, ${failed} not; ${[...used.values()].reduce((a, b) => a + b, 0)} listed differences by ${used.size} rows`);
process.exit(failed || !(same + failed) ? 1 : 0);
