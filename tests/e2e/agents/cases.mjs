// The cases of the agents' tests: each starts a gateway and scripted providers, runs a client, and looks at what came of it.
import assert from 'node:assert/strict';
import { startProvider } from '../lib/native.mjs';
import { PRICES, settings } from '../lib/settings.mjs';
import { startGateway } from '../lib/sandbox.mjs';
import { CLIENTS, run } from './clients.mjs';
import { model } from './story.mjs';

const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));
const MODELS = { openai: ['openai/gpt-4.1-mini', '/v1'], responses: ['openai/responses/gpt-5-codex', '/v1'], anthropic: ['anthropic/claude-sonnet-4-5', ''], gemini: ['gemini/gemini-3-flash-preview', '/v1beta'] };
export const FORMATS = Object.keys(MODELS);

// What a client may take for a task, and for finding out that it gets none; long enough for a machine with other work.
const TASK_MS = 90000, REFUSED_MS = 60000;

const deployment = (group, format, provider) => ({ model_name: group,
	litellm_params: { model: MODELS[format][0], api_key: 'sk-CANARY-provider', api_base: provider.base + MODELS[format][1], ...prices },
	model_info: { id: `${group}-${format}`, max_input_tokens: 400000, max_output_tokens: 8000 } });

// { groups: { name: { format, model } } } as providers behind a gateway; use() gets it, and all ends after it.
async function stage({ groups, more = {} }, use) {
	const providers = [], deployments = [];
	let gw;
	try {
		for (const [group, { format, said }] of Object.entries(groups)) {
			const provider = await startProvider({ name: group.replace(/\W/g, ''), answer: said.answer });
			providers.push(provider);
			deployments.push(deployment(group, format, provider));
		}
		gw = await startGateway({ front: 'fastcgi', settings: settings(deployments, more) });
		await use(gw, providers);
		for (const provider of providers) assert.deepEqual(provider.log.filter((entry) => entry.refused).map((entry) => entry.refused), [], 'a provider was asked what it refuses');
		await gw.quiet();
		const audit = await gw.audit();
		assert.ok(audit.clean, audit.text);
	} finally {
		await gw?.stop();
		await gw?.remove();
		for (const provider of providers) await provider.close();
	}
}

const ended = (result) => `${result.code} after ${result.ms} ms: ${result.text.slice(-1500)}`;

export const task = (name, format, group = 'main') => {
	const said = model();
	return stage({ groups: { [group]: { format, said } } }, async (gw) => {
		const result = await run(name, { base: gw.base, key: await gw.key(), model: group, ms: TASK_MS });
		assert.equal(result.code, 0, ended(result));
		assert.ok(result.wrote, ended(result));
		if (CLIENTS[name].noTools) return;
		if (CLIENTS[name].sdk) assert.match(result.text, /whole: A title[^]*stream: A title/);
		assert.equal(said.turns(), 3);
		assert.match(result.text, /PEACH/);
	});
};

export const fallback = (name, from, to) => {
	const first = model({ act: (turn) => (turn > 0 ? { status: 503 } : undefined) }), second = model();
	return stage({ groups: { main: { format: from, said: first }, other: { format: to, said: second } }, more: { router: { fallbacks: [{ main: ['other'] }], allowed_fails: 1000 } } }, async (gw) => {
		const result = await run(name, { base: gw.base, key: await gw.key(), model: 'main', ms: TASK_MS });
		assert.equal(result.code, 0, ended(result));
		assert.ok(result.wrote, ended(result));
		assert.match(result.text, /PEACH/);
		assert.equal(second.turns(), 2, 'the other has the second step and the last word');
		await gw.quiet();
		const rows = await gw.requests();
		assert.ok(rows.some((row) => row.fallbacks === 1), JSON.stringify(rows.map((row) => row.fallbacks)));
	});
};

// Money that is gone: the client ends and says why, without an attempt at a provider.  What it did is told for docs/clients.md.
export const budget = (name, status) => stage({ groups: { main: { format: 'openai', said: model() } }, more: { sideways: { budget_status: status } } }, async (gw, [provider]) => {
	const key = await gw.key('--budget', '0.0000001/1d');
	const result = await run(name, { base: gw.base, key, model: 'main', ms: REFUSED_MS });
	await gw.quiet();
	const rows = await gw.requests();
	const words = /budget/i.test(result.text);
	console.log(`# ${name} ${status}: ended with ${result.code} after ${(result.ms / 1000).toFixed(1)} s, asked ${rows.length} times, ${words ? 'said why' : 'did not say why'}`);
	assert.ok(rows.length > 0 && rows.every((row) => row.status === status), JSON.stringify(rows.map((row) => row.status)));
	assert.equal(provider.log.length, 0);
	if (status === 400) {
		assert.ok(words, ended(result));
		assert.notEqual(result.code, 'SIGKILL', ended(result));
	}
});

export const wrongKey = (name) => stage({ groups: { main: { format: 'openai', said: model() } } }, async (gw) => {
	const result = await run(name, { base: gw.base, key: 'sk-nobodys', model: 'main', ms: REFUSED_MS });
	console.log(`# ${name} 401: ended with ${result.code} after ${(result.ms / 1000).toFixed(1)} s`);
	assert.notEqual(result.code, 'SIGKILL', ended(result));
});

// A stream that ends in its middle is never taken for a whole answer: the client asks again and goes on, or says that it failed.
export const cut = (name) => {
	const said = model({ act: (turn) => (turn === 0 ? { text: 'Let me begin with this, and then go on.', cut: true } : undefined) });
	if (CLIENTS[name].noTools) return undefined;
	return stage({ groups: { main: { format: 'openai', said } } }, async (gw, [provider]) => {
		const result = await run(name, { base: gw.base, key: await gw.key(), model: 'main', ms: TASK_MS });
		if (!provider.log.some((entry) => entry.body.tools && entry.body.stream)) return console.log(`# ${name} does not stream when it has tools`);
		console.log(`# ${name} cut: ended with ${result.code} after ${(result.ms / 1000).toFixed(1)} s, ${result.wrote ? 'asked again and went on' : 'said that it failed'}`);
		assert.ok(result.wrote ? result.code === 0 : result.code !== 0 || (!CLIENTS[name].sdk && /error|disconnect|stream|interrupted/i.test(result.text)), ended(result));
	});
};
