// Traces on their way out: what a receiver of OTLP gets of a request, when it is away, under CGI, and what goes on to providers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bearer, chat, request, stream } from './lib/client.mjs';
import { MASTER_KEY, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { receiver } from './lib/traces.mjs';
import { play } from './lib/upstream.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
let up, at;

before(async () => {
	up = await upstream();
	at = await receiver();
});
after(() => at.close());

const plan = (variables, callbacks = { callbacks: ['otel'] }, more = {}) => ({
	...settings([deployment('m', up.base), deployment('spare', up.base), deployment('dear', up.base, { tier: 'premium' })],
		{ router: { fallbacks: [{ m: ['dear', 'spare'] }], allowed_fails: 1000, ...more }, litellm: callbacks }),
	environment_variables: variables,
});
const here = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: at.base, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b,authorization=Bearer token',
	OTEL_SERVICE_NAME: 'gateway of tests', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=not-this' });
const ask = (gw, key, more = {}, headers = {}) => chat(gw, key, { model: 'm', messages: [{ role: 'user', content: 'CANARYPROMPT' }], max_tokens: 20, temperature: 0.5, ...more }, { headers });
const arrive = (count, from = at) => until(() => from.spans().length >= count, { ms: 60000, what: () => `${count} spans of ${JSON.stringify(from.spans())}` });
const figures = async (gw) => (await request(`${gw.base}/metrics`, { headers: bearer(MASTER_KEY) })).text;

test('a fallback is a trace: the request, the failed call, what was blocked, the call that answered', async () => {
	const gw = await gateway({ settings: plan(here()) });
	const key = await gw.key();
	up.always('m', play.status(500));
	up.always('spare', play.ok());
	at.got.length = up.log.length = 0;
	const reply = await ask(gw, key, {}, { traceparent: PARENT, tracestate: 'vendor=1,other=2' });
	assert.equal(reply.status, 200, reply.text);
	await arrive(4);
	const [post] = at.got;
	assert.deepEqual([post.url, post.headers['content-type'], post.headers['x-team'], post.headers.authorization],
		['/v1/traces', 'application/json', 'a b', 'Bearer token']);
	assert.ok(!post.bytes.includes('CANARYPROMPT') && !post.bytes.includes('Hello from upstream'), post.bytes.toString());

	const spans = at.spans();
	const root = spans.find(({ kind }) => kind === 2);
	const [failed, answered] = spans.filter(({ kind }) => kind === 3);
	const [blocked] = spans.filter(({ kind }) => kind === 1);
	assert.equal(spans.length, 4, JSON.stringify(spans));
	for (const span of spans) {
		assert.equal(span.traceId, TRACE);
		assert.equal(span.traceState, 'vendor=1,other=2');
		assert.equal(span.parentSpanId, span === root ? '00f067aa0ba902b7' : root.spanId);
		assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
		assert.deepEqual(span.resource, { 'service.name': 'gateway of tests', 'deployment.environment.name': 'test' });
	}
	assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 4);

	assert.equal(root.name, 'POST /v1/chat/completions');
	assert.equal(root.attributes['http.response.status_code'], 200);
	assert.equal(root.attributes['sideways.tier'], 'cheap');
	assert.equal(root.attributes['sideways.request.id'], reply.headers['x-sideways-request-id']);
	assert.equal(root.attributes['sideways.cost_usd'], Number(reply.headers['x-sideways-cost']));
	assert.ok(root.attributes['sideways.bound_usd'] >= root.attributes['sideways.cost_usd']);
	assert.equal(root.attributes['sideways.blocked_upward'], 1);
	assert.ok(!Object.keys(root.attributes).some((name) => name.startsWith('gen_ai.')), 'tokens and cost would be counted twice');

	assert.deepEqual([failed.name, failed.attributes['error.type'], failed.attributes['http.response.status_code'], failed.status.code],
		['chat m', 'retry', 500, 2]);
	assert.equal(answered.attributes['gen_ai.operation.name'], 'chat');
	assert.equal(answered.attributes['gen_ai.provider.name'], 'openai');
	assert.equal(answered.attributes['gen_ai.request.model'], 'spare');
	assert.equal(answered.attributes['gen_ai.request.temperature'], 0.5);
	assert.equal(answered.attributes['gen_ai.request.max_tokens'], 20);
	assert.equal(answered.attributes['gen_ai.usage.input_tokens'], reply.json.usage.prompt_tokens);
	assert.equal(answered.attributes['gen_ai.usage.output_tokens'], reply.json.usage.completion_tokens);
	assert.equal(answered.attributes['gen_ai.usage.cost'], root.attributes['sideways.cost_usd']);
	assert.deepEqual(answered.status, {});
	assert.deepEqual([blocked.name, blocked.attributes['sideways.direction'], blocked.attributes['sideways.attempt.state']], ['blocked dear', 'upward', 'blocked']);

	// What went to the providers is each call's own span.
	assert.deepEqual(up.log.map(({ headers }) => headers.traceparent), [failed, answered].map(({ spanId }) => `00-${TRACE}-${spanId}-01`));
	assert.deepEqual(up.log.map(({ headers }) => headers.tracestate), ['vendor=1,other=2', 'vendor=1,other=2']);
});

test('without callbacks a client\'s trace goes on as it came, and one that is none does not', async () => {
	const gw = await gateway({ settings: plan({}, {}) });
	const key = await gw.key();
	up.always('m', play.ok());
	up.log.length = 0;
	await ask(gw, key, {}, { traceparent: PARENT, tracestate: 'a=b' });
	await ask(gw, key, {}, { traceparent: PARENT.toUpperCase(), tracestate: 'a=b' });
	await ask(gw, key);
	assert.deepEqual(up.log.map(({ headers }) => [headers.traceparent, headers.tracestate]), [[PARENT, 'a=b'], [undefined, undefined], [undefined, undefined]]);
	assert.equal((await gw.sql('SELECT count(*) AS n FROM trace'))[0].n, 0);
});

test('a trace that its client does not record is not sent; success_callback hears of answers alone', async () => {
	const gw = await gateway({ settings: plan(here(), { success_callback: ['otel'] }, { fallbacks: [] }) });
	const key = await gw.key();
	at.got.length = 0;
	up.always('m', play.ok());
	await ask(gw, key, {}, { traceparent: PARENT.replace(/01$/, '00') });
	up.always('m', play.status(500));
	assert.notEqual((await ask(gw, key)).status, 200);
	up.always('m', play.ok());
	const { events } = await stream(gw, key, { model: 'm', max_tokens: 20 });
	assert.ok(events);
	await arrive(2);
	assert.deepEqual(at.spans().map(({ kind }) => kind), [2, 3]);
	const [, call] = at.spans();
	assert.equal(call.attributes['gen_ai.request.stream'], true);
	assert.ok(call.attributes['gen_ai.response.time_to_first_chunk'] >= 0);
	assert.ok(!call.parentSpanId.startsWith('00f067aa'));
});

test('what a provider says of a request, which may quote it, is not sent', async () => {
	const gw = await gateway({ settings: plan(here(), { callbacks: ['otel'] }, { fallbacks: [] }) });
	const key = await gw.key();
	const body = JSON.stringify({ error: { message: 'what is CANARYPROMPT meant to be?', type: 'invalid_request_error' } });
	at.got.length = 0;
	for (const status of [400, 500]) {
		up.always('m', play.status(status, { body }));
		const reply = await ask(gw, key);
		assert.match(reply.text, /CANARYPROMPT/, 'the client is told');
	}
	await arrive(4);
	assert.ok(!at.got.some(({ bytes }) => bytes.includes('CANARYPROMPT')), JSON.stringify(at.spans()));
	const errors = at.spans().filter(({ kind }) => kind === 2).map(({ attributes }) => attributes['sideways.error']);
	assert.equal(errors.filter(Boolean).length, 1, JSON.stringify(errors));
	assert.match(errors.find(Boolean), /^the model 'm' could not be reached: .*, after 1 attempt$/);
});

test('a prompt goes out where the settings ask for it, of the keys that they name', async () => {
	const plain = plan({ ...here(), LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-2', LANGFUSE_HOST: `${at.base}/` }, { callbacks: ['otel', 'langfuse'] });
	for (const traces of [true, false]) {
		const gw = await gateway({ env: { SIDEWAYS_PROMPT_KEY: 'y'.repeat(40) }, settings: { ...plain, sideways_settings: { ...plain.sideways_settings, log_prompts: { keys: ['reports'], traces } } } });
		at.got.length = 0;
		const asked = [await gw.key('--alias', 'reports'), await gw.key('--alias', 'other')];
		up.always('m', play.ok());
		await ask(gw, asked[0], { messages: [{ role: 'user', content: `CANARYPROMPT ${'é'.repeat(40000)}` }] });
		await ask(gw, asked[1]);
		await until(() => at.spans().filter(({ kind }) => kind === 2).length >= 4, { ms: 60000, what: () => 'both requests at both' });
		const inputs = at.spans().map(({ attributes }) => attributes['input.value']).filter(Boolean);
		const own = at.spans().map(({ attributes }) => attributes['langfuse.trace.input']).filter(Boolean);
		assert.deepEqual([inputs.length, own.length], traces ? [2, 1] : [0, 0]);
		for (const text of [...inputs, ...own]) {
			assert.match(text, /^\{.*CANARYPROMPT é+$/);
			assert.ok(Buffer.byteLength(text) <= 65536 && Buffer.byteLength(text) > 65530);
		}
	}
});

test('a wait has a span', async () => {
	const gw = await gateway({ settings: plan(here(), { callbacks: ['otel'] }, { num_retries: 1, fallbacks: [] }) });
	const key = await gw.key();
	at.got.length = 0;
	up.next('m', play.status(429, { headers: { 'retry-after': '1' } }));
	up.always('m', play.ok());
	assert.equal((await ask(gw, key)).status, 200);
	await arrive(4);
	const wait = at.spans().find(({ name }) => name === 'wait to retry');
	assert.ok(wait, JSON.stringify(at.spans()));
	assert.ok(BigInt(wait.endTimeUnixNano) - BigInt(wait.startTimeUnixNano) >= 500000000n);
});

for (const front of ['fastcgi', 'cgi']) {
	test(`${front}: a receiver that is away costs no request anything, and gets what it missed`, async () => {
		const gw = await gateway({ front, settings: plan(here()) });
		const key = await gw.key();
		up.always('m', play.ok());
		at.got.length = 0;
		at.status = 503;
		for (let i = 0; i < 3; i++) assert.equal((await ask(gw, key)).status, 200);
		await until(async () => { await request(`${gw.base}/health/liveliness`); return at.got.length > 0; }, { ms: 60000, what: () => 'a try' });
		at.status = 200;
		assert.match(await figures(gw), /sideways_traces_waiting\{destination="otel"\} [1-3]/);
		await gw.sql('UPDATE trace_destination SET next_ms = 0; UPDATE claim SET until_ms = 0');
		await until(async () => {
			await request(`${gw.base}/health/liveliness`);
			await gw.sql("UPDATE claim SET until_ms = 0 WHERE name = 'traces'");
			return at.spans().length >= 6;
		}, { ms: 60000, what: () => JSON.stringify(at.got.map(({ status }) => status)) });
		assert.equal(at.spans().length, 6, 'each once');
		await until(async () => /sideways_traces_total\{destination="otel",result="sent"\} 3/.test(await figures(gw)), { ms: 20000, what: () => 'the count' });
		assert.deepEqual(await gw.sql('SELECT count(*) AS n FROM trace'), [{ n: 0 }]);
	});
}

test('what a receiver refuses is dropped, counted and told to the log', async () => {
	const gw = await gateway({ settings: plan(here()) });
	const key = await gw.key();
	at.got.length = 0;
	at.status = 400;
	assert.equal((await ask(gw, key)).status, 200);
	await until(async () => /sideways_traces_total\{destination="otel",result="dropped"\} 1/.test(await figures(gw)), { ms: 60000, what: () => 'the count' });
	at.status = 200;
	assert.match(gw.output(Infinity), /otel refused, so they are dropped, 1 request: 400/);
});

test('langfuse and arize_phoenix get what they take', async () => {
	const gw = await gateway({ settings: plan({ LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-2', LANGFUSE_HOST: `${at.base}/`,
		PHOENIX_COLLECTOR_HTTP_ENDPOINT: at.base, PHOENIX_API_KEY: 'px', PHOENIX_PROJECT_NAME: 'mine' }, { success_callback: ['langfuse'], callbacks: ['arize_phoenix'] }) });
	const key = await gw.key();
	at.got.length = 0;
	assert.equal((await ask(gw, key, { user: 'ada', metadata: { tags: ['x', 'y'] } })).status, 200);
	await until(() => at.got.length >= 2, { ms: 60000, what: () => 'both' });
	const langfuse = at.got.find(({ url }) => url === '/api/public/otel/v1/traces');
	assert.equal(langfuse.headers.authorization, `Basic ${Buffer.from('pk-lf-1:sk-lf-2').toString('base64')}`);
	assert.equal(langfuse.headers['x-langfuse-ingestion-version'], '4');
	const text = langfuse.bytes.toString();
	for (const wanted of ['langfuse.trace.tags', '"user.id"', '"ada"', 'gen_ai.usage.cost']) assert.ok(text.includes(wanted), text);
	assert.ok(!text.includes('openinference'));
	const phoenix = at.got.find(({ url }) => url === '/v1/traces');
	assert.deepEqual([phoenix.headers.authorization, phoenix.headers['content-type']], ['Bearer px', 'application/x-protobuf']);
	for (const wanted of ['openinference.span.kind', 'llm.token_count.prompt', 'openinference.project.name', 'mine']) assert.ok(phoenix.bytes.includes(wanted), wanted);
});
