// The SDKs that people use, against providers of four wire formats, through lighttpd: each asks for text, a stream,
// tools, an image and JSON, and sees errors as its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProvider } from './lib/native.mjs';
import { allSdks, langchainAnthropic } from './lib/sdks.mjs';
import { PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

// A picture of one pixel.
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PNG_BYTES = Buffer.from(PNG, 'base64').length;
const MODELS = { openai: 'gpt-4.1-mini', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-3-flash-preview', deepseek: 'deepseek-chat', reasoner: 'responses/gpt-5-codex' };
const VENDORS = { reasoner: 'openai' }; // speaks Responses only
const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));

const providers = {};
let gw;

const model = (group, provider, base) => ({
	model_name: group,
	litellm_params: { model: `${VENDORS[provider] ?? provider}/${MODELS[provider]}`, api_key: `sk-CANARY-provider-${provider}`, api_base: base, ...prices },
	model_info: { id: `${group}-${provider}`, max_input_tokens: 100000, max_output_tokens: 500 },
});

const bases = { openai: (p) => `${p.base}/v1`, deepseek: (p) => `${p.base}/v1`, reasoner: (p) => `${p.base}/v1`, anthropic: (p) => p.base, gemini: (p) => `${p.base}/v1beta` };

async function start() {
	for (const name of Object.keys(MODELS)) providers[name] = await startProvider({ name });
	const groups = Object.keys(MODELS).map((name) => model(`by-${name}`, name, bases[name](providers[name])));
	gw = await gateway({ front: 'fastcgi', settings: settings(groups) });
}

after(async () => {
	for (const provider of Object.values(providers)) await provider.close();
});

for (const make of allSdks) describe(make('http://unused.invalid', 'k').name, () => {
	let sdk;
	before(async () => { if (!gw) await start(); sdk = make(gw.base, await gw.key('--alias', make.name)); });

	for (const name of Object.keys(MODELS)) describe(`by ${name}`, () => {
		const group = `by-${name}`;

		test('text', async () => {
			const reply = await sdk.text(group, 'Say hello');
			assert.equal(reply.text, `Hello from ${name}`);
			assert.deepEqual(reply.usage, [20, 7]);
			assert.equal(reply.finish, 'stop');
		});

		test('an answer that was cut says so', async () => {
			assert.equal((await sdk.text(group, 'Say something long')).finish, 'length');
		});

		test('a stream', async () => {
			const reply = await sdk.stream(group, 'Say hello');
			assert.equal(reply.text, `Hello from ${name}`);
			assert.ok(reply.pieces > 1, `${reply.pieces} pieces`);
			// Anthropic's start of a stream has the input tokens; a provider that counts them at the end has
			// them in message_delta, which LangChain does not read; of Anthropic's own it adds both output figures.
			if (make !== langchainAnthropic) assert.deepEqual(reply.usage, [20, 7]);
			else if (name !== 'anthropic') assert.equal(reply.usage[1], 7);
		});

		for (const streamed of [false, true]) test(`tools${streamed ? ', streamed' : ''}`, async () => {
			const asked = [];
			const text = await sdk.tools(group, 'What is the weather in two cities?', (input) => { asked.push(input.city); return `sun in ${input.city}`; }, streamed);
			assert.deepEqual(asked, ['Paris', 'Rome']);
			assert.equal(text, 'The tool said sun in Paris and sun in Rome');
		});

		test('an image', async () => {
			assert.equal(await sdk.image(group, PNG), `I see image/png of ${PNG_BYTES} bytes`);
		});

		test('JSON by a schema', async () => {
			assert.deepEqual(await sdk.schema(group), { name: 'Ada', age: 36 });
		});

		test('an error', async () => {
			assert.equal(await sdk.status(group, 'answer with status 400'), 400);
			assert.equal(await sdk.status('by-nobody', 'hello'), 404);
		});
	});
});
