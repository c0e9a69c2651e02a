// Vercel's AI SDK, its default openai() provider: it names what it was given by its id (item_reference) instead of sending it,
// because it does not say store: false.  Its programs go on unchanged, whoever answers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { request, bearer } from './lib/client.mjs';
import { startProvider } from './lib/native.mjs';
import { PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const MODELS = { chat: 'openai/gpt-4.1-mini', anthropic: 'anthropic/claude-sonnet-4-5', gemini: 'gemini/gemini-3-flash-preview', responses: 'openai/responses/gpt-5-codex' };
const PATHS = { chat: '/v1', responses: '/v1', anthropic: '', gemini: '/v1beta' };
const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));
const providers = {};
let gw, openai, key;

// The stand-in gives each answer the same ids: a key of its own keeps what another test was given out of sight.
const openaiWith = (apiKey) => createOpenAI({ apiKey, baseURL: `${gw.base}/v1` });

before(async () => {
	for (const name of Object.keys(MODELS)) providers[name] = await startProvider({ name });
	gw = await gateway({ front: 'fastcgi', settings: settings(Object.entries(MODELS).map(([name, model]) => ({ model_name: name,
		litellm_params: { model, api_key: 'sk-CANARY-provider', api_base: providers[name].base + PATHS[name], ...prices },
		model_info: { max_input_tokens: 100000, max_output_tokens: 500 } }))) });
	key = await gw.key();
	openai = openaiWith(key);
});

after(async () => { for (const provider of Object.values(providers)) await provider.close(); });

const weather = tool({ description: 'The weather of a city now', inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `sun in ${city}` });

for (const name of Object.keys(MODELS)) describe(`by ${name}`, () => {
	test('a loop with words before its calls goes on to its end', async () => {
		const reply = await generateText({ model: openai(name), tools: { weather }, stopWhen: stepCountIs(4), prompt: 'Tell me aloud the weather in two cities' });
		assert.equal(reply.steps[0].text, 'Let me look.');
		assert.equal(reply.text, 'The tool said sun in Paris and sun in Rome');
	});

	for (const ask of [generateText, streamText]) test(`a second turn, ${ask.name}`, async () => {
		const own = openaiWith(await gw.key()), messages = [{ role: 'user', content: 'Please reason' }];
		for (const [turn, text] of ['So it is.', `Hello from ${name}`].entries()) {
			const reply = ask({ model: own(name), messages, providerOptions: { openai: { forceReasoning: name === 'responses' } } });
			assert.equal(await (ask === streamText ? reply.text : (await reply).text), text, `turn ${turn}`);
			const response = await (ask === streamText ? reply.response : (await reply).response);
			messages.push(...response.messages, { role: 'user', content: 'Say hello' });
		}
		const sent = JSON.stringify(providers[name].log.at(-1).body);
		assert.ok(!sent.includes('item_reference'));
		assert.ok(sent.includes('So it is.'), sent);
	});
});

test('an item is for the key that it was given to, and gone when it is forgotten', async () => {
	const ask = (secret, body) => request(`${gw.base}/v1/responses`, { method: 'POST', headers: bearer(secret), body: { model: 'chat', ...body } });
	const first = await ask(key, { input: 'Say hello' });
	const again = [{ type: 'item_reference', id: first.json.output[0].id }, { role: 'user', content: 'Say hello' }];
	assert.equal((await ask(key, { input: again })).status, 200);
	const other = await ask(await gw.key(), { input: again });
	assert.equal(other.status, 400);
	assert.match(other.json.error.message, /is not kept here/);
	const unkept = await ask(key, { input: 'Say hello', store: false });
	assert.equal((await ask(key, { input: [{ type: 'item_reference', id: unkept.json.output[0].id }] })).status, 400);
	const [{ all_of_them: text }] = await gw.sql("SELECT group_concat(answer) AS all_of_them FROM cached_answer");
	assert.ok(text.length > 100 && !text.includes('Hello'));
});
