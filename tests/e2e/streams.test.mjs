// Streams that break, fall silent, or are left by their clients.
import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { chat, contentOf, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';

for (const front of ['fastcgi', 'nginx', 'cgi']) describe(front, () => streamsBehind(front));

function streamsBehind(front) {
	let up, gw, key;

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, settings: settings([deployment('main', up.base), deployment('spare', up.base)], {
			router: { fallbacks: [{ main: ['spare'] }], allowed_fails: 1000 },
			sideways: { keep_alive_seconds: 1, idle_timeout: 4, retry_budget: { floor: 10000 } },
		}) });
		key = await gw.key();
	});

	beforeEach(async () => {
		up.forget();
		await gw.sql('DELETE FROM breaker');
	});

	const settled = async (answer) => {
		const id = answer.headers['x-sideways-request-id'];
		return { row: await gw.record(id), attempts: await gw.attempts(id) };
	};

	for (const [name, step] of [
		['is reset', play.resetAfter(3)], ['ends without its end', play.truncateAfter(3)], ['holds an error event', play.errorAfter(3)],
	]) {
		test(`a stream that ${name} after three tokens ends with an error event, and goes nowhere else`, async () => {
			up.next('main', step);
			const answer = await stream(gw, key, { model: 'main' }).over;
			assert.equal(answer.status, 200);
			assert.equal(contentOf(answer), 'word0 word1 word2 ');
			assert.ok(!answer.done, 'a broken stream has no [DONE]');
			assert.ok(answer.events.at(-1).json.error?.message, answer.text);
			assert.equal(up.of('spare').length, 0);
			const { row, attempts } = await settled(answer);
			assert.equal(row.outcome, 'broken_stream');
			assert.ok(row.cost_nano > 0);
			assert.ok(attempts[0].cost_nano >= 3 * 1000, 'what was streamed is charged');
		});
	}

	test('the SDK throws on a stream that breaks', async () => {
		up.next('main', play.resetAfter(2));
		const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0 });
		await assert.rejects(async () => {
			for await (const chunk of await client.chat.completions.create({ model: 'main', stream: true, messages: [{ role: 'user', content: 'x' }] })) void chunk;
		}, OpenAI.APIError);
	});

	for (const [name, step] of [
		['is reset', play.resetAfter(0)], ['is closed', play.truncateAfter(0)], ['starts with an error event', play.errorAfter(0)],
	]) {
		test(`a stream that ${name} before its first event falls back`, async () => {
			up.next('main', step);
			const answer = await stream(gw, key, { model: 'main' }).over;
			assert.equal(contentOf(answer), 'Hello from upstream', answer.text);
			assert.ok(answer.done);
			assert.equal(up.of('spare').length, 1);
		});
	}

	test('a silent stream is kept alive by comments', async () => {
		up.next('main', play.ok({ first_ms: 2600 }));
		const answer = await stream(gw, key, { model: 'main' }).over;
		assert.ok(answer.comments >= 2, `${answer.comments} comments`);
		assert.ok(answer.headAt - answer.started < 2400, 'the head came before the first token');
		assert.equal(contentOf(answer), 'Hello from upstream');
		assert.ok(answer.done);
	});

	test('falling back is allowed after comments, because they are not the answer', async () => {
		up.next('main', play.status(500, { wait_ms: 1700 }));
		const answer = await stream(gw, key, { model: 'main' }).over;
		assert.ok(answer.comments >= 1, `${answer.comments} comments`);
		assert.equal(answer.status, 200);
		assert.equal(contentOf(answer), 'Hello from upstream');
		assert.ok(answer.done);
	});

	test('an error after comments is an error event', async () => {
		up.next('main', play.status(500, { wait_ms: 1700 }));
		up.next('spare', play.status(500));
		const answer = await stream(gw, key, { model: 'main' }).over;
		assert.equal(answer.status, 200);
		assert.ok(answer.events.at(-1).json.error, answer.text);
		assert.ok(!answer.done);
	});

	test('a silent stream in Gemini\'s format is kept alive by empty lines, because Google\'s SDKs read no comments', async () => {
		up.next('main', play.ok({ text: words(4), first_ms: 2500 }));
		const answer = await request(`${gw.base}/v1beta/models/main:streamGenerateContent?alt=sse`, { method: 'POST', fresh: true,
			headers: { 'content-type': 'application/json', 'x-goog-api-key': key }, body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'x' }] }] }) });
		assert.match(answer.text, /^\n\n(\n\n)*data: /);
		assert.ok(answer.text.split('\n').every((line) => !line || line.startsWith('data: ')), answer.text);
	});

	test('a stream that falls silent for good is ended by the idle timeout', async () => {
		up.next('main', play.ok({ text: words(6), silence_after: 2, silence_ms: 60000 }));
		const answer = await stream(gw, key, { model: 'main' }).over;
		assert.ok(answer.events.at(-1).json.error, answer.text);
		assert.ok(Date.now() - answer.started < 10000);
	});

	test('a client that leaves in mid-stream ends the upstream call, and what was streamed is charged', async () => {
		up.next('main', play.slow(200, 50));
		const answer = stream(gw, key, { model: 'main' });
		await until(() => answer.events.length >= 4);
		const left = Date.now();
		answer.leave();
		const served = up.of('main')[0];
		await until(() => served.leftAt > 0, { what: () => 'the upstream call to end', ms: 4000 });
		assert.ok(served.leftAt - left < 2000, `the upstream call went on for ${served.leftAt - left} ms`);
		const { row, attempts } = await settled(answer);
		assert.equal(row.outcome, 'client_gone');
		assert.equal(attempts[0].state, 'settled');
		assert.ok(attempts[0].cost_nano >= 4 * 1000);
		assert.ok(attempts[0].cost_nano <= attempts[0].bound_nano);
	});

	test('a client that leaves a silent stream is noticed by the next comments', async () => {
		up.next('main', play.ok({ first_ms: 20000 }));
		const answer = stream(gw, key, { model: 'main' });
		await until(() => answer.comments >= 1);
		answer.leave();
		const served = up.of('main')[0];
		await until(() => served.leftAt > 0, { what: () => 'the upstream call to end', ms: 5000 });
	});

	if (front === 'nginx') {
		test('a client that leaves a whole answer does not end the call, which is billed all the same', async () => {
			up.next('main', play.hang());
			const waiting = chat(gw, key, { model: 'main' }, { timeout: 500, fresh: true }).catch(() => null);
			await until(() => up.log.length === 1);
			await waiting;
			await sleep(1500);
			assert.ok(!up.log[0].leftAt, 'the gateway waits for it, off the client\'s way');
			up.forget(); // it hangs up
		});
	}

	test('usage is taken from the last chunk with choices, and counted where there is none', async () => {
		for (const usage_where of ['last_choice', 'none']) {
			up.next('main', play.ok({ usage_where }));
			const answer = await stream(gw, key, { model: 'main' }).over;
			assert.ok(answer.done);
			const { row } = await settled(answer);
			assert.ok(row.cost_nano > 0, usage_where);
			if (usage_where === 'last_choice') assert.equal(row.output_tokens, 3);
			assert.ok(answer.events.every((event) => !event.json.usage), 'usage is hidden from who did not ask');
		}
	});

	test('fifty streams at once come through whole', async () => {
		const count = front === 'cgi' ? 10 : 50;
		up.always('main', play.slow(20, 10));
		const answers = await Promise.all(Array.from({ length: count }, () => stream(gw, key, { model: 'main' }).over));
		for (const answer of answers) {
			assert.ok(answer.done, `${answer.status} ${answer.text.slice(-300)}`);
			assert.equal(contentOf(answer), words(20));
		}
	});

	test('all is settled and the sums agree', async () => {
		await sleep(100);
		await gw.quiet();
		const audit = await gw.audit();
		assert.ok(audit.clean, audit.text);
	});
}
