// Replies of each provider's format (tests/replay), played byte for byte to the vendors' own SDKs through lighttpd: split
// at offsets all over the wire, in chunks of one byte, with delays, and breaking off.  What a split changes is nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { folder, offsets, readSteps, startReplay, wireLength } from './lib/replay.mjs';
import { settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const CUTS = 16; // of each client; the four clients of a provider are given different offsets
const PROVIDERS = {
	openai: { model: 'openai/gpt-4.1-mini', path: '/v1' },
	responses: { model: 'openai/responses/gpt-5-codex', path: '/v1' },
	anthropic: { model: 'anthropic/claude-sonnet-4-5', path: '' },
	gemini: { model: 'gemini/gemini-3-flash-preview', path: '/v1beta' },
};
const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const ASKED = 'Wie ist das Wetter? 🙂';
const SAID = { text: 'Blick 🙂 auf 日本.', calls: [['get_weather', { city: 'Besançon' }], ['get_weather', { city: 'Rome' }]], usage: [20, 7] };

// What an SDK made of a stream: { text, calls, usage }; first() is called at its first piece.
const CLIENTS = {
	openai: (base, apiKey) => async (model, first) => {
		const client = new OpenAI({ apiKey, baseURL: `${base}/v1`, maxRetries: 0 });
		const stream = client.chat.completions.stream({ model, stream_options: { include_usage: true }, messages: [{ role: 'user', content: ASKED }], tools: [{ type: 'function', function: { name: 'get_weather', parameters: CITY } }] });
		stream.on('content', first);
		const { choices: [{ message }], usage } = await stream.finalChatCompletion();
		return { text: message.content, calls: message.tool_calls.map((c) => [c.function.name, JSON.parse(c.function.arguments)]), usage: [usage.prompt_tokens, usage.completion_tokens] };
	},
	responses: (base, apiKey) => async (model, first) => {
		const client = new OpenAI({ apiKey, baseURL: `${base}/v1`, maxRetries: 0 });
		const stream = client.responses.stream({ model, store: false, input: ASKED, tools: [{ type: 'function', name: 'get_weather', parameters: CITY, strict: false }] });
		stream.on('response.output_text.delta', first);
		const { status, output, output_text: text, usage } = await stream.finalResponse();
		if (status !== 'completed') throw new Error(`the SDK took the answer as ${status}`);
		return { text, calls: output.filter((i) => i.type === 'function_call').map((c) => [c.name, JSON.parse(c.arguments)]), usage: [usage.input_tokens, usage.output_tokens] };
	},
	anthropic: (baseURL, apiKey) => async (model, first) => {
		const client = new Anthropic({ apiKey, baseURL, maxRetries: 0 });
		const stream = client.messages.stream({ model, max_tokens: 100, messages: [{ role: 'user', content: ASKED }], tools: [{ name: 'get_weather', input_schema: CITY }] });
		stream.on('text', first);
		const { content, usage } = await stream.finalMessage();
		return { text: content.filter((b) => b.type === 'text').map((b) => b.text).join(''), calls: content.filter((b) => b.type === 'tool_use').map((b) => [b.name, b.input]), usage: [usage.input_tokens + usage.cache_read_input_tokens, usage.output_tokens] };
	},
	gemini: (baseUrl, apiKey) => async (model, first) => {
		const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
		const parts = [];
		let usage, finished;
		for await (const chunk of await client.models.generateContentStream({ model, contents: ASKED, config: { tools: [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: CITY }] }] } })) {
			first();
			parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
			usage = chunk.usageMetadata ?? usage;
			finished ??= chunk.candidates?.[0]?.finishReason;
		}
		if (!finished) throw new Error('the stream ended before its answer did');
		return { text: parts.map((p) => p.text ?? '').join(''), calls: parts.filter((p) => p.functionCall).map((p) => [p.functionCall.name, p.functionCall.args]), usage: [usage.promptTokenCount, usage.candidatesTokenCount] };
	},
};

const servers = {};
let gw, key;

before(async () => {
	const groups = [];
	for (const [name, { model, path }] of Object.entries(PROVIDERS)) {
		servers[name] = await startReplay();
		groups.push({
			model_name: `by-${name}`,
			litellm_params: { model, api_base: servers[name].base + path, api_key: `sk-CANARY-provider-${name}`, input_cost_per_token: 0.0000005, output_cost_per_token: 0.000001 },
			model_info: { id: name, max_input_tokens: 100000, max_output_tokens: 500 },
		});
	}
	gw = await gateway({ front: 'fastcgi', settings: settings(groups, { router: { disable_cooldowns: true }, sideways: { default_max_tokens: 500 } }) });
	key = await gw.key('--alias', 'replay');
});

after(async () => {
	for (const server of Object.values(servers)) await server.close();
});

// The request line, the headers that the provider acts on (its key's name, not the key), the body.
function asked({ head, body }) {
	const [line, ...headers] = head.split('\r\n');
	const kept = headers.map((h) => h.replace(/^([^:]+): .*CANARY.*$/, '$1: (the key)')).filter((h) => /^(accept|content-type|authorization|x-api-key|x-goog-api-key|anthropic-.*):/i.test(h));
	return `${[line, ...kept.map((h) => h.toLowerCase()).sort()].join('\n')}\n\n${body.toString()}\n`;
}

for (const provider of Object.keys(PROVIDERS)) describe(`replies of ${provider}`, () => {
	const steps = readSteps(folder(provider, 'calls_streamed'));
	const length = wireLength(steps);

	for (const [seed, [name, make]] of Object.entries(CLIENTS).entries()) describe(`read by the SDK of ${name}`, () => {
		let ask;
		const play = async (how, first = () => {}) => {
			servers[provider].next(steps, how);
			return await ask(`by-${provider}`, first);
		};
		before(() => { ask = make(gw.base, key); });

		test('as they are, without waiting for the end', async () => {
			let begun = Infinity;
			const reply = await play({}, () => { begun = Math.min(begun, performance.now()); });
			assert.deepEqual(reply, SAID);
			const entry = servers[provider].log.at(-1);
			assert.ok(begun < entry.ended, `the first words came ${begun - entry.ended} ms after the last byte was sent`);
			const file = folder(provider, 'asked', `${name}-calls_streamed.txt`);
			if (process.env.REPLAY_WRITE) fs.mkdirSync(folder(provider, 'asked'), { recursive: true }), fs.writeFileSync(file, asked(entry));
			assert.equal(asked(entry), fs.readFileSync(file, 'utf8'));
		});

		test('split at offsets all over the wire', async () => {
			for (const cut of offsets(length, CUTS, seed)) assert.deepEqual(await play({ cut, hasty: true }), SAID, `split at ${cut} of ${length}`);
		});

		test('in chunks of few bytes', async () => {
			for (const size of [1, 2, 7, 64]) assert.deepEqual(await play({ size, hasty: true }), SAID, `chunks of ${size}`);
		});

		test('that break off are no answers', async () => {
			const body = length - steps.filter((s) => s.kind === 'body').at(-1).bytes.length;
			const before = servers[provider].log.length;
			for (const end of [40, ...offsets(body, 3, seed)]) await assert.rejects(play({ end, hasty: true }), undefined, `broken off at ${end} of ${length}`);
			assert.equal(servers[provider].log.length, before + 4);
		});
	});
});

for (const provider of Object.keys(PROVIDERS)) test(`a whole reply of ${provider}, split at offsets and in single bytes`, async () => {
	const steps = readSteps(folder(provider, 'text'));
	const length = wireLength(steps);
	const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0 });
	for (const how of [...offsets(length, CUTS, 1).map((cut) => ({ cut })), { size: 1 }]) {
		servers[provider].next(steps, how);
		const reply = await client.chat.completions.create({ model: `by-${provider}`, messages: [{ role: 'user', content: ASKED }] });
		assert.match(reply.choices[0].message.content, /^(Hi|Hello) there\.$/, JSON.stringify(how));
		assert.deepEqual([reply.usage.prompt_tokens, reply.usage.completion_tokens], SAID.usage);
	}
	servers[provider].next(steps, { end: length - 30 });
	await assert.rejects(client.chat.completions.create({ model: `by-${provider}`, messages: [{ role: 'user', content: ASKED }] }), { status: 502 });
});

test('the books add up afterwards', async () => {
	await gw.quiet();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
	// What broke off is paid for by what had come, never given back after words and never dearer than its bound.
	const attempts = await gw.attempts();
	for (const at of attempts.filter((a) => a.outcome === 'ok')) assert.equal(at.cost_nano, 20 * 500 + 7 * 1000);
	const broken = attempts.filter((a) => a.outcome !== 'ok');
	assert.equal(broken.length, 4 * 16 + 4);
	for (const at of broken) assert.ok(at.cost_nano <= at.bound_nano && (at.cost_nano > 0 || at.first_token_ms === null), JSON.stringify(at));
	assert.equal(attempts.length, Object.values(servers).reduce((sum, server) => sum + server.log.length, 0));
});
