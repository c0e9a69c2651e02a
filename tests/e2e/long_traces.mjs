// The real OpenTelemetry Collector understands what is sent: as JSON and as protobuf, from FastCGI and from CGI, the same spans.
//
//	tests/traces/run        builds the collector and runs this
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { collector } from './lib/traces.mjs';
import { play } from './lib/upstream.mjs';

const PROGRAM = process.env.TRACES_COLLECTOR;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

async function story(front, protocol, dir) {
	const up = await upstream();
	const taker = await collector(PROGRAM, path.join(dir, `${front}-${protocol.replace('/', '-')}`));
	const gw = await gateway({ front, settings: {
		...settings([deployment('m', up.base), deployment('spare', up.base), deployment('dear', up.base, { tier: 'premium' })],
			{ router: { fallbacks: [{ m: ['dear', 'spare'] }], allowed_fails: 1000 }, litellm: { callbacks: ['otel'] } }),
		environment_variables: { OTEL_EXPORTER_OTLP_ENDPOINT: taker.base, OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_SERVICE_NAME: 'größe', OTEL_RESOURCE_ATTRIBUTES: 'a=b%2Cc' },
	} });
	const key = await gw.key();
	up.always('m', play.status(500));
	const reply = await chat(gw, key, { model: 'm', user: 'ada', metadata: { tags: ['x', 'y'] }, max_tokens: 20, temperature: 0.25 },
		{ headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: 'v=1' } });
	assert.equal(reply.status, 200, reply.text);
	await until(async () => { await request(`${gw.base}/health/liveliness`); return taker.spans().length >= 4; },
		{ ms: 60000, what: () => `4 spans; the collector says ${taker.said()}` });
	const spans = taker.spans();
	await taker.close();
	return { spans, reply };
}

for (const [front, protocol] of [['fastcgi', 'http/json'], ['fastcgi', 'http/protobuf'], ['cgi', 'http/json'], ['cgi', 'http/protobuf']]) {
	test(`${front}, ${protocol}`, { timeout: 180000 }, async (t) => {
		const { mkdtempSync, rmSync } = await import('node:fs');
		const dir = mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'traces-'));
		t.after(() => rmSync(dir, { recursive: true }));
		const { spans, reply } = await story(front, protocol, dir);
		assert.equal(spans.length, 4, JSON.stringify(spans));
		const root = spans.find(({ kind }) => kind === 2);
		assert.equal(root.parentSpanId, '00f067aa0ba902b7');
		for (const span of spans) {
			assert.deepEqual([span.traceId, span.traceState], [TRACE, 'v=1']);
			if (span !== root) assert.equal(span.parentSpanId, root.spanId);
			assert.deepEqual(span.resource, { 'service.name': 'größe', a: 'b,c' });
		}
		assert.deepEqual(spans.map(({ name }) => name).sort(), [root.name, 'blocked dear', 'chat m', 'chat spare'].sort());
		const failed = spans.find(({ name }) => name === 'chat m'), answered = spans.find(({ name }) => name === 'chat spare');
		assert.deepEqual(root.attributes['sideways.tags'], ['x', 'y']);
		assert.equal(root.attributes['sideways.streamed'] ?? false, false); // a false is the default of the wire, and may be left out
		assert.deepEqual([failed.status.code, failed.attributes['error.type']], [2, 'retry']);
		assert.equal(answered.attributes['gen_ai.request.temperature'], 0.25);
		assert.equal(answered.attributes['gen_ai.usage.input_tokens'], reply.json.usage.prompt_tokens);
		assert.equal(answered.attributes['gen_ai.usage.cost'], Number(reply.headers['x-sideways-cost']));
		assert.ok(BigInt(answered.endTimeUnixNano) >= BigInt(answered.startTimeUnixNano) && answered.startTimeUnixNano.length === 19);
	});
}
