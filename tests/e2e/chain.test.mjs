// A conversation with tools that moves from provider to provider in its middle: Claude fails, Gemini takes over, then
// DeepSeek, each strict about what it is sent (lib/native.mjs); and the way back.  The clients are the SDKs of all
// three formats, whole and streamed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProvider } from './lib/native.mjs';
import { anthropicMessages, googleGenai, openaiChat, openaiResponses } from './lib/sdks.mjs';
import { PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const MODELS = { anthropic: 'claude-sonnet-4-5', gemini: 'gemini-3-flash-preview', deepseek: 'deepseek-chat' };
const BASES = { anthropic: (p) => p.base, gemini: (p) => `${p.base}/v1beta`, deepseek: (p) => `${p.base}/v1` };
const NAMES = Object.keys(MODELS);
const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));

const providers = {};
let gw, turn, order; // which provider answers is by the turn of the conversation; the others are overloaded

// Every turn asks for one more city, with reasoning before it, until three are known.
function answer(asked, provider) {
	if (order[turn % order.length] !== provider.name) return { status: provider.name === 'anthropic' ? 529 : 503 };
	turn += 1;
	if (turn > 6) return { text: 'All done.' };
	return { reasoning: `${provider.name} thinks.`, text: `Turn ${turn}.`, tools: [{ name: asked.tools[0], input: { city: `City ${turn}` } }] };
}

async function start() {
	for (const name of NAMES) providers[name] = await startProvider({ name, answer, keepReasoning: name === 'deepseek' });
	const models = NAMES.map((name) => ({
		model_name: name,
		litellm_params: { model: `${name}/${MODELS[name]}`, api_key: `sk-CANARY-provider-${name}`, api_base: BASES[name](providers[name]), ...prices },
		model_info: { id: name, max_input_tokens: 100000, max_output_tokens: 500 },
	}));
	gw = await gateway({ front: 'fastcgi', settings: settings(models, { router: { disable_cooldowns: true, fallbacks: NAMES.map((name) => ({ [name]: NAMES.filter((other) => other !== name) })) } }) });
}

after(async () => {
	for (const provider of Object.values(providers)) await provider.close();
});

describe('a conversation over three providers', () => {
	before(start);

	for (const make of [anthropicMessages, openaiChat, openaiResponses, googleGenai]) for (const streamed of [false, true])
		for (const way of [['anthropic', 'gemini', 'deepseek'], ['deepseek', 'anthropic', 'gemini']])
			test(`${make('http://unused.invalid', 'k').name}${streamed ? ', streamed' : ''}: ${way.join(', ')}`, async () => {
				const sdk = make(gw.base, await gw.key('--alias', `${make.name}-${streamed}-${way[0]}`));
				order = way;
				turn = 0;
				for (const provider of Object.values(providers)) provider.log.length = 0;
				const cities = [];
				const text = await sdk.tools('anthropic', 'Where next?', (input) => { cities.push(input.city); return `seen ${input.city}`; }, streamed);
				for (const provider of Object.values(providers)) for (const entry of provider.log) assert.equal(entry.refused, undefined, `${provider.name} refused: ${entry.refused}\n${JSON.stringify(entry.body)}`);
				assert.equal(text, 'All done.');
				assert.deepEqual(cities, [1, 2, 3, 4, 5, 6].map((n) => `City ${n}`));
			});
});
