// A second opinion: providers that others wrote (npm @copilotkit/aimock), asked by the SDKs through the gateway, with
// text, streams, tools, errors and embeddings.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { anthropicMessages, googleGenai, openaiChat, openaiResponses } from './lib/sdks.mjs';
import { PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const MODELS = { openai: 'gpt-4.1-mini', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-2.5-flash' };
const BASES = { openai: (url) => `${url}/v1`, anthropic: (url) => url, gemini: (url) => `${url}/v1beta` };
const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));
let mock, gw;

const model = (name, more) => ({
	model_name: `by-${name}`,
	litellm_params: { model: `${name}/${more ?? MODELS[name]}`, api_key: `sk-CANARY-provider-${name}`, api_base: BASES[name](mock.url), ...prices },
	model_info: { id: `aimock-${name}`, max_input_tokens: 100000, max_output_tokens: 500 },
});

async function start() {
	mock = new LLMock({ port: 0 });
	mock.onMessage('Say hello', { content: 'Hello from the other side' });
	mock.on({ userMessage: 'weather', hasToolResult: false }, { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] });
	mock.on({ userMessage: 'weather', hasToolResult: true }, { content: 'Sunny it is' });
	mock.onMessage('fail', { error: { message: 'Too much', type: 'rate_limit_error' }, status: 429 });
	mock.onEmbedding('vector', { embedding: [0.5, -0.25, 1] });
	await mock.start();
	const embeddings = { ...model('openai', 'text-embedding-3-small'), model_name: 'vectors', model_info: { id: 'aimock-vectors', max_input_tokens: 8000 } };
	gw = await gateway({ front: 'fastcgi', settings: settings([...Object.keys(MODELS).map((name) => model(name)), embeddings], { router: { disable_cooldowns: true } }) });
}

after(async () => { await mock?.stop(); });

describe('aimock', () => {
	before(start);

	for (const make of [openaiChat, openaiResponses, anthropicMessages, googleGenai]) for (const name of Object.keys(MODELS))
		test(`${make('http://unused.invalid', 'k').name} by ${name}`, async () => {
			const sdk = make(gw.base, await gw.key('--alias', `${make.name}-${name}`));
			assert.equal((await sdk.text(`by-${name}`, 'Say hello')).text, 'Hello from the other side');
			assert.equal((await sdk.stream(`by-${name}`, 'Say hello')).text, 'Hello from the other side');
			for (const streamed of [false, true]) {
				const cities = [];
				assert.equal(await sdk.tools(`by-${name}`, 'What is the weather?', (input) => { cities.push(input.city); return 'sun'; }, streamed), 'Sunny it is');
				assert.deepEqual(cities, ['Paris']);
			}
			assert.equal(await sdk.status(`by-${name}`, 'fail'), 429);
		});

	test('embeddings in both encodings', async () => {
		const client = new OpenAI({ apiKey: await gw.key('--alias', 'vectors'), baseURL: `${gw.base}/v1`, maxRetries: 0 });
		for (const encoding_format of ['float', 'base64', undefined]) {
			const reply = await client.embeddings.create({ model: 'vectors', input: 'vector', ...(encoding_format ? { encoding_format } : {}) });
			const vector = reply.data[0].embedding;
			assert.deepEqual(typeof vector === 'string' ? [...new Float32Array(Uint8Array.from(Buffer.from(vector, 'base64')).buffer)] : vector, [0.5, -0.25, 1]);
		}
	});
});
