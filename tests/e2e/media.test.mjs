// Images, speech, transcriptions, moderations and rankings by OpenAI's SDK, behind web servers: what goes to the
// provider, what comes back, and what is charged for it.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { request } from './lib/client.mjs';
import { PROVIDER_KEY, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

// ---- a provider that reads what it is sent as OpenAI would: a form by the runtime's own parser ----

const IMAGE_USAGE = { input_tokens: 20, input_tokens_details: { image_tokens: 0, text_tokens: 20 }, output_tokens: 1056, total_tokens: 1076 };
const sse = (...events) => ['text/event-stream', events.map((e) => `data: ${JSON.stringify(e)}\n\n`).join('')];
const sound = Buffer.from(Array.from({ length: 70000 }, (_, i) => i * 7 & 255));

const answers = {
	'/v1/images/generations': ({ stream, n = 1 }) => stream
		? sse({ type: 'image_generation.partial_image', partial_image_index: 0, b64_json: 'A'.repeat(200000) },
			{ type: 'image_generation.completed', b64_json: 'Yg==', usage: IMAGE_USAGE })
		: { created: 1, data: Array(n).fill({ b64_json: 'aGk=' }), usage: IMAGE_USAGE },
	'/v1/images/edits': (form) => ({ created: 1, data: form.getAll('image[]').map((file) => ({ b64_json: String(file.size) })), usage: IMAGE_USAGE }),
	'/v1/audio/speech': ({ model, stream_format, input }) => stream_format === 'sse'
		? sse({ type: 'speech.audio.delta', audio: sound.subarray(0, 40000).toString('base64') },
			{ type: 'speech.audio.delta', audio: sound.subarray(40000).toString('base64') },
			{ type: 'speech.audio.done', usage: { input_tokens: 5, output_tokens: 100, total_tokens: 105 } })
		: ['audio/mpeg', model === 'tts-1' && input ? sound : 'wrong'],
	'/v1/audio/transcriptions': (form) => {
		const bytes = form.get('file').size;
		if (form.get('stream') === 'true')
			return sse({ type: 'transcript.text.delta', delta: 'he' }, { type: 'transcript.text.done', text: 'he', usage: { type: 'tokens', input_tokens: 30, input_token_details: { audio_tokens: 30, text_tokens: 0 }, output_tokens: 2, total_tokens: 32 } });
		return form.get('response_format') === 'verbose_json' ? { task: 'transcribe', duration: 2.5, language: 'english', text: `${bytes} bytes` } : { text: 'no length' };
	},
	'/v1/moderations': () => ({ id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: false, categories: {}, category_scores: {} }] }),
	'/v1/rerank': ({ documents }) => ({ id: 'r', results: documents.map((_, index) => ({ index, relevance_score: 1 / (index + 1) })), meta: { billed_units: { search_units: 1 } } }),
};

function startMedia() {
	const log = [];
	const server = http.createServer(async (req, res) => {
		const chunks = [];
		for await (const chunk of req) chunks.push(chunk);
		const bytes = Buffer.concat(chunks), type = req.headers['content-type'];
		const body = type.startsWith('multipart/') ? await new Response(bytes, { headers: { 'content-type': type } }).formData() : JSON.parse(bytes);
		const model = body.get ? body.get('model') : body.model;
		log.push({ path: req.url, model, body, key: req.headers.authorization });
		if (model === 'broken') { res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"down"}}'); return; }
		const answer = answers[req.url](body);
		const [kind, text] = Array.isArray(answer) ? answer : ['application/json', JSON.stringify(answer)];
		res.writeHead(200, { 'content-type': kind }).end(text);
	});
	return new Promise((done) => server.listen(0, '127.0.0.1', () => done({ log, base: `http://127.0.0.1:${server.address().port}/v1`, close: () => new Promise((gone) => { server.closeAllConnections(); server.close(gone); }) })));
}

const entry = (group, model, base, more = {}, info = {}) => ({
	model_name: group,
	litellm_params: { model, api_base: base, api_key: PROVIDER_KEY(group), ...more },
	model_info: { id: `${group}-${model.split('/').pop()}`, ...info },
});

// A second of silence: 16-bit PCM, 8,000 a second.
function wav(seconds) {
	const head = Buffer.alloc(44);
	head.write('RIFF', 0); head.writeUInt32LE(36 + 16000 * seconds, 4); head.write('WAVEfmt ', 8);
	head.writeUInt32LE(16, 16); head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(8000, 24);
	head.writeUInt32LE(16000, 28); head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34);
	head.write('data', 36); head.writeUInt32LE(16000 * seconds, 40);
	return Buffer.concat([head, Buffer.alloc(16000 * seconds)]);
}

let up;
before(async () => { up = await startMedia(); });
after(() => up.close());

for (const front of ['fastcgi', 'cgi', 'nginx']) describe(front, () => {
	let gw, key, client;

	before(async () => {
		gw = await gateway({ front, settings: settings([
			entry('draw', 'openai/gpt-image-1.5', up.base),
			entry('picture', 'openai/broken', up.base, { output_cost_per_image: 0.02 }),
			entry('chatty', 'openai/gpt-4.1-mini', up.base),
			entry('other', 'openai/plain-image', up.base, { output_cost_per_image: 0.01 }),
			entry('speak', 'openai/tts-1', up.base),
			entry('talk', 'openai/gpt-4o-mini-tts', up.base),
			entry('hear', 'openai/whisper-1', up.base),
			entry('listen', 'openai/gpt-4o-mini-transcribe', up.base),
			entry('judge', 'openai/omni-moderation-latest', up.base),
			entry('rank', 'cohere/rerank-v3.5', up.base),
		], { litellm: { fallbacks: [{ picture: ['chatty', 'other'] }] } }) });
		key = await gw.key('--alias', `media-${front}`);
		client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0, timeout: 60000 });
	});

	const last = () => up.log.at(-1);
	const billed = async (response) => (await gw.record(response.headers.get('x-sideways-request-id'))).cost_nano;

	test('an image, whole', async () => {
		const { data, response } = await client.images.generate({ model: 'draw', prompt: 'a fox', size: '1024x1024', quality: 'medium' }).withResponse();
		assert.equal(data.data[0].b64_json, 'aGk=');
		assert.equal(last().model, 'gpt-image-1.5');
		assert.equal(last().key, `Bearer ${PROVIDER_KEY('draw')}`);
		assert.equal(await billed(response), 20 * 5000 + 1056 * 32000);
	});

	test('an image, streamed', async () => {
		const { data, response } = await client.images.generate({ model: 'draw', prompt: 'a fox', size: '1024x1024', quality: 'medium', stream: true, partial_images: 1 }).withResponse();
		const types = [];
		for await (const event of data) types.push([event.type, event.b64_json.length]);
		assert.deepEqual(types, [['image_generation.partial_image', 200000], ['image_generation.completed', 4]]);
		assert.equal(await billed(response), 20 * 5000 + 1056 * 32000);
	});

	test('an edit sends its files byte for byte', async () => {
		const files = [await toFile(sound, 'a.png', { type: 'image/png' }), await toFile(sound.subarray(7), 'b.png', { type: 'image/png' })];
		const made = await client.images.edit({ model: 'draw', image: files, prompt: 'a hat', size: '1024x1024', quality: 'low' });
		assert.deepEqual(made.data.map((item) => Number(item.b64_json)), [sound.length, sound.length - 7]);
		assert.ok(Buffer.from(await last().body.getAll('image[]')[0].arrayBuffer()).equals(sound));
		assert.deepEqual([...last().body.keys()].sort(), ['image[]', 'image[]', 'model', 'prompt', 'quality', 'size']);
	});

	for (const model of ['speak', 'talk']) test(`speech by ${model} comes as bytes`, async () => {
		const response = await client.audio.speech.create({ model, voice: 'alloy', input: 'hé!', response_format: 'mp3' });
		assert.equal(response.headers.get('content-type'), 'audio/mpeg');
		assert.ok(Buffer.from(await response.arrayBuffer()).equals(sound));
		assert.equal(await billed(response), model === 'speak' ? 3 * 15000 : 5 * 600 + 100 * 12000);
	});

	test('a transcription is billed by its seconds', async () => {
		const { data, response } = await client.audio.transcriptions.create({ model: 'hear', file: await toFile(wav(2), 'a.wav') }).withResponse();
		assert.deepEqual(data, { text: `${wav(2).length} bytes`, usage: { type: 'duration', seconds: 2.5 } });
		assert.equal(await billed(response), 3 * 100000);
		assert.equal(await client.audio.transcriptions.create({ model: 'hear', file: await toFile(wav(1), 'a.wav'), response_format: 'text' }), `${wav(1).length} bytes\n`);
	});

	test('a transcription, streamed', async () => {
		const { data, response } = await client.audio.transcriptions.create({ model: 'listen', file: await toFile(wav(1), 'a.wav'), stream: true }).withResponse();
		const types = [];
		for await (const event of data) types.push(event.type);
		assert.deepEqual(types, ['transcript.text.delta', 'transcript.text.done']);
		assert.equal(await billed(response), 30 * 1250 + 2 * 5000);
	});

	test('a moderation is free', async () => {
		const { data, response } = await client.moderations.create({ model: 'judge', input: 'hello' }).withResponse();
		assert.equal(data.results[0].flagged, false);
		assert.equal(await billed(response), 0);
	});

	test('a ranking', async () => {
		const reply = await request(`${gw.base}/v1/rerank`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'rank', query: 'fox', documents: ['a', 'b'] }) });
		assert.deepEqual(reply.json.results.map((r) => r.index), [0, 1]);
		assert.equal((await gw.record(reply.headers['x-sideways-request-id'])).cost_nano, 2000000);
	});

	test('a fallback stays within its kind', async () => {
		const { data, response } = await client.images.generate({ model: 'picture', prompt: 'a fox', n: 2 }).withResponse();
		assert.equal(data.data.length, 2);
		assert.equal(response.headers.get('x-sideways-deployment'), 'other-plain-image');
		assert.equal(await billed(response), 2 * 10000000);
	});

	test('a budget that does not cover the bound refuses before the call', async () => {
		const poor = new OpenAI({ apiKey: await gw.key('--alias', `poor-${front}`, '--budget', '0.01/1d'), baseURL: `${gw.base}/v1`, maxRetries: 0, timeout: 60000 });
		const calls = up.log.length;
		await assert.rejects(poor.images.generate({ model: 'draw', prompt: 'a fox', quality: 'high' }), (error) => error.status === 429 && /budget/.test(error.message));
		assert.equal(up.log.length, calls);
	});

	test('modes are told', async () => {
		const modes = Object.fromEntries((await client.models.list()).data.map((model) => [model.id, model.mode]));
		assert.deepEqual([modes.draw, modes.picture, modes.speak, modes.hear, modes.rank, modes.chatty], ['image_generation', 'image_generation', 'audio_speech', 'audio_transcription', 'rerank', 'chat']);
	});

	test('what is not offered says so', async () => {
		await assert.rejects(client.batches.create({ input_file_id: 'f', endpoint: '/v1/chat/completions', completion_window: '24h' }), (error) => error.status === 404 && /one by one/.test(error.message));
		await assert.rejects(client.images.generate({ model: 'draw', prompt: 'x', output_format: 'svg' }), /not known here/);
	});
});
