// Streams of five minutes behind every server, all at once: eleven words, half a minute of silence between any two.
//
//	tests/e2e/run long_streams.mjs      by hand, because of the time it takes
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const FRONTS = ['lighttpdSpawned', 'lighttpdSocket', 'lighttpdCgi', 'apacheProxy', 'apacheFcgid', 'apacheCgi', 'apacheHtaccess', 'nginxSocket', 'caddy'];
const [WORDS, SILENCE_MS] = [11, 30000];

describe('five minutes', { concurrency: FRONTS.length }, () => {
	for (const front of FRONTS)
		test(front, { timeout: 380000 }, async () => {
			const up = await upstream();
			const gw = await gateway({ front, settings: settings([deployment('main', up.base)]) });
			const client = new OpenAI({ apiKey: await gw.key('--budget', '1/1d'), baseURL: `${gw.base}/v1`, maxRetries: 0 });
			up.next('main', play.slow(WORDS, SILENCE_MS));
			const began = Date.now(), times = [];
			let end;
			for await (const event of await client.chat.completions.create({ model: 'main', stream: true, messages: [{ role: 'user', content: 'slowly' }] })) {
				if (event.choices[0]?.delta?.content) times.push(Date.now() - began);
				end = event.choices[0]?.finish_reason ?? end;
			}
			assert.equal(end, 'stop');
			assert.equal(times.length, WORDS);
			assert.ok(times.at(-1) >= (WORDS - 1) * SILENCE_MS - 1000, `${times}`);
			// None was kept back for the next one.
			times.forEach((at, i) => assert.ok(Math.abs(at - times[0] - i * SILENCE_MS) < SILENCE_MS / 2, `${times}`));
			await gw.quiet();
			const [request] = await gw.requests();
			assert.equal(request.outcome, 'ok', JSON.stringify(request));
		});
});
