// The everyday requests of a program that uses OpenAI's SDK, behind each kind of web server.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { chat, contentOf, request, stream } from './lib/client.mjs';
import { costOf, deployment, PROVIDER_KEY, settings } from './lib/settings.mjs';
import { gateway, keepReply, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

for (const front of ['fastcgi', 'cgi', 'nginx']) describe(front, () => everydayRequests(front));

function everydayRequests(front) {
	let up, gw, key, client;
	const messages = [{ role: 'user', content: 'Say hello' }];
	const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, settings: settings([deployment('small', up.base), deployment('other', up.base)]) });
		key = await gw.key('--alias', `sdk-${front}`);
		client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0, timeout: 20000 });
	});

	test('a whole answer comes with its usage and the gateway\'s headers', async () => {
		const { data, response } = await client.chat.completions.create({ model: 'small', messages }).withResponse();
		assert.equal(data.choices[0].message.content, 'Hello from upstream');
		assert.equal(data.usage.completion_tokens, 3);
		const id = response.headers.get('x-sideways-request-id');
		assert.ok(id);
		assert.equal(response.headers.get('x-sideways-deployment'), 'small');
		assert.equal(response.headers.get('x-sideways-attempts'), '1');
		assert.equal(response.headers.get('x-sideways-fallbacks'), '0');
		assert.equal(response.headers.get('x-litellm-model-id'), 'small');
		assert.equal(response.headers.get('x-litellm-model-group'), 'small');
		assert.equal(Math.round(Number(response.headers.get('x-sideways-cost')) * 1e9), costOf(data.usage));
		assert.equal(Math.round(Number(response.headers.get('x-litellm-response-cost')) * 1e9), costOf(data.usage));
		assert.equal(response.headers.get('set-cookie'), null);
		const row = await gw.record(id);
		assert.equal(row.outcome, 'ok');
		assert.equal(row.cost_nano, costOf(data.usage));
		assert.equal(row.input_tokens, data.usage.prompt_tokens);
		assert.equal(row.output_tokens, data.usage.completion_tokens);
	});

	test('the provider sees its own key and model, and nothing of the client\'s', async () => {
		const reply = await chat(gw, key, { model: 'small' }, { headers: { 'x-secret-header': 'private', cookie: 'session=1' } });
		assert.equal(reply.status, 200);
		const seen = up.log.at(-1);
		assert.equal(seen.key, PROVIDER_KEY('small'));
		assert.equal(seen.target, '/v1/chat/completions');
		assert.ok(!JSON.stringify(seen.headers).includes(key));
		assert.equal(seen.headers['x-secret-header'], undefined);
		assert.equal(seen.headers.cookie, undefined);
		assert.equal(seen.headers['accept-encoding'], undefined);
		keepReply(JSON.stringify(reply.headers) + reply.text);
	});

	test('a streamed answer arrives token by token, without a usage nobody asked for', async () => {
		up.next('small', play.slow(5, 60));
		const arrivals = [];
		let text = '';
		for await (const chunk of await client.chat.completions.create({ model: 'small', messages, stream: true })) {
			assert.ok(!('usage' in chunk) || chunk.usage === null, 'usage was not asked for');
			assert.ok(chunk.choices.length > 0, 'no chunk without a choice was asked for');
			if (chunk.choices[0].delta.content) { arrivals.push(Date.now()); text += chunk.choices[0].delta.content; }
		}
		assert.equal(text, 'word0 word1 word2 word3 word4');
		assert.ok(arrivals.at(-1) - arrivals[0] >= 150, `the tokens came within ${arrivals.at(-1) - arrivals[0]} ms`);
		assert.equal(up.log.at(-1).body.stream_options.include_usage, true);
	});

	test('a stream with include_usage ends with the usage, and is charged by it', async () => {
		const { data, response } = await client.chat.completions.create(
			{ model: 'small', messages, stream: true, stream_options: { include_usage: true } }).withResponse();
		let usage;
		for await (const chunk of data) usage = chunk.usage ?? usage;
		assert.equal(usage.completion_tokens, 3);
		const row = await gw.record(response.headers.get('x-sideways-request-id'));
		assert.equal(row.streamed, 1);
		assert.equal(row.cost_nano, costOf(usage));
		assert.ok(row.first_token_ms >= 0);
	});

	test('the SDK\'s stream helper finds the whole message', async () => {
		const message = await client.chat.completions.stream({ model: 'small', messages }).finalChatCompletion();
		assert.equal(message.choices[0].message.content, 'Hello from upstream');
		assert.equal(message.choices[0].finish_reason, 'stop');
	});

	test('a stream ends with [DONE] and is marked against buffering', async () => {
		const answer = await stream(gw, key, { model: 'small' }).over;
		assert.equal(answer.status, 200);
		assert.ok(answer.done);
		assert.match(answer.headers['content-type'], /^text\/event-stream/);
		assert.match(answer.headers['cache-control'], /no-cache/);
		assert.equal(contentOf(answer), 'Hello from upstream');
	});

	test('a tool call comes whole', async () => {
		up.next('small', play.tool('weather', { city: 'Oslo' }));
		const answer = await client.chat.completions.create({ model: 'small', messages, tools, tool_choice: 'auto' });
		assert.equal(answer.choices[0].finish_reason, 'tool_calls');
		assert.deepEqual(JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments), { city: 'Oslo' });
		assert.deepEqual(up.log.at(-1).body.tools, tools);
	});

	test('a tool call comes streamed, and its result goes back', async () => {
		up.next('small', play.tool('weather', { city: 'Oslo' }));
		const first = await client.chat.completions.stream({ model: 'small', messages, tools }).finalChatCompletion();
		const call = first.choices[0].message.tool_calls[0];
		assert.equal(call.function.name, 'weather');
		assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Oslo' });
		const answer = await client.chat.completions.create({ model: 'small', tools,
			messages: [...messages, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"celsius":3}' }] });
		assert.equal(answer.choices[0].message.content, 'Hello from upstream');
	});

	test('a wrong key is an authentication error', async () => {
		const wrong = new OpenAI({ apiKey: 'sk-wrong', baseURL: `${gw.base}/v1`, maxRetries: 0 });
		await assert.rejects(wrong.chat.completions.create({ model: 'small', messages }), (error) => {
			assert.ok(error instanceof OpenAI.AuthenticationError, error);
			assert.equal(error.code, 'invalid_api_key');
			return true;
		});
	});

	test('an unknown model is a not-found error that names it', async () => {
		await assert.rejects(client.chat.completions.create({ model: 'no-such-model', messages }), (error) => {
			assert.ok(error instanceof OpenAI.NotFoundError, error);
			assert.equal(error.code, 'model_not_found');
			assert.match(error.message, /no-such-model/);
			return true;
		});
	});

	test('the client\'s own mistake comes back as the provider worded it, once', async () => {
		const count = up.log.length;
		up.next('small', play.status(400, { error: { message: 'temperature must be at most 2', type: 'invalid_request_error', param: 'temperature', code: null } }));
		await assert.rejects(client.chat.completions.create({ model: 'small', messages, temperature: 3 }), (error) => {
			assert.ok(error instanceof OpenAI.BadRequestError, error);
			assert.match(error.message, /temperature must be at most 2/);
			assert.equal(error.param, 'temperature');
			return true;
		});
		assert.equal(up.log.length, count + 1);
	});

	test('a provider that fails is told with its status, and the hold is given back', async () => {
		up.next('small', play.status(500));
		await assert.rejects(client.chat.completions.create({ model: 'small', messages }), (error) => {
			assert.equal(error.status, 500);
			return true;
		});
		await gw.quiet();
		assert.ok((await gw.audit()).clean);
	});

	test('unknown fields and odd numbers reach the provider byte for byte', async () => {
		const odd = '"vendor_field":{"deep":[1,2,{"x":"\\u00e9\\/"}]},"seed":12345678901234567890,"temperature":0.10,"top_p":1e-3';
		const reply = await request(`${gw.base}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}` },
			body: `{ "model" : "small",${odd}, "messages":[{"role":"user","content":"caf\\u00e9 \u00e9"}]}` });
		assert.equal(reply.status, 200, reply.text);
		assert.ok(up.log.at(-1).raw.includes(odd), up.log.at(-1).raw);
		assert.ok(up.log.at(-1).raw.includes('caf\\u00e9 \u00e9'));
	});

	test('a client cannot name a host or a key', async () => {
		const trap = await upstream();
		const reply = await chat(gw, key, { model: 'small', api_base: trap.base, base_url: trap.base, api_key: 'sk-evil', extra_headers: { authorization: 'Bearer sk-evil' } });
		assert.equal(trap.log.length, 0);
		if (reply.status === 200) {
			assert.equal(up.log.at(-1).key, PROVIDER_KEY('small'));
			for (const name of ['api_base', 'base_url', 'api_key', 'extra_headers']) assert.ok(!(name in up.log.at(-1).body), name);
		} else {
			assert.equal(reply.status, 400);
		}
	});

	test('the path without /v1 works too', async () => {
		const reply = await request(`${gw.base}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: { model: 'small', messages } });
		assert.equal(reply.status, 200, reply.text);
	});

	test('models are listed and found by the SDK', async () => {
		const names = (await client.models.list()).data.map((model) => model.id);
		assert.deepEqual(names.sort(), ['other', 'small']);
		assert.equal((await client.models.retrieve('small')).id, 'small');
		await assert.rejects(client.models.retrieve('nothing'), OpenAI.NotFoundError);
	});

	test('health says alive and ready', async () => {
		for (const path of ['/health/liveliness', '/health/liveness', '/health/readiness']) {
			assert.equal((await request(gw.base + path)).status, 200, path);
		}
	});

	test('what was charged is what was served', async () => {
		await gw.quiet();
		const spent = (await gw.sql('SELECT coalesce(sum(cost_nano), 0) AS n FROM attempt'))[0].n;
		assert.equal(spent, up.cost({ input: 500, output: 1000 }));
		const audit = await gw.audit();
		assert.ok(audit.clean, audit.text);
	});
}
