// Headers on their way through the servers: two lines of one name, Google's header at OpenAI's path, a path that lost its beginning.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { request } from './lib/client.mjs';
import { startProvider } from './lib/native.mjs';
import { PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));
let provider;
before(async () => { provider = await startProvider({ name: 'anthropic' }); });
after(() => provider.close());

const plan = () => settings([{ model_name: 'main', litellm_params: { model: 'anthropic/claude-sonnet-4-5', api_key: 'sk-CANARY-provider', api_base: provider.base, ...prices }, model_info: { max_input_tokens: 100000, max_output_tokens: 500 } }]);

// With each value of a header on a line of its own.
function post(url, headers, body) {
	return new Promise((resolve, reject) => {
		const call = http.request(url, { method: 'POST', agent: false, headers }, (reply) => { reply.resume(); reply.on('end', () => resolve(reply.statusCode)); });
		call.on('error', reject);
		call.end(JSON.stringify(body));
	});
}

for (const front of ['nginxSocket', 'lighttpdSpawned', 'apacheProxy', 'caddy']) test(`two lines of anthropic-beta both count, ${front}`, async () => {
	const gw = await gateway({ front, settings: plan() });
	const status = await post(`${gw.base}/v1/messages`, { 'x-api-key': await gw.key(), 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'anthropic-beta': ['files-api-2025-04-14', 'interleaved-thinking-2025-05-14'] },
		{ model: 'main', max_tokens: 50, messages: [{ role: 'user', content: 'Say hello' }] });
	assert.equal(status, 200);
	const sent = provider.log.at(-1).headers['anthropic-beta'];
	for (const beta of ['files-api-2025-04-14', 'interleaved-thinking-2025-05-14']) assert.ok(sent.includes(beta), sent);
	await gw.stop();
});

test("GET /v1/models with Google's header is a list in Google's shape, and OpenAI's keep theirs", async () => {
	const gw = await gateway({ front: 'fastcgi', settings: plan() });
	const key = await gw.key();
	const google = await request(`${gw.base}/v1/models`, { headers: { 'x-goog-api-key': key } });
	assert.deepEqual(google.json.models.map((model) => model.name), ['models/main'], google.text);
	assert.equal((await request(`${gw.base}/v1/models/main`, { headers: { 'x-goog-api-key': key } })).json.name, 'models/main');
	assert.equal((await request(`${gw.base}/v1/models`, { headers: { 'x-goog-api-key': 'sk-nobodys' } })).json.error.status, 'UNAUTHENTICATED');
	assert.equal((await request(`${gw.base}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).json.data[0].id, 'main');
});

// As lighttpd calls it then: the first part of the path is the script's name.
test('a path whose beginning lighttpd took off: the answer says what is missing', async () => {
	const gw = await gateway({ front: 'fastcgi', settings: plan() });
	for (const [method, script, rest] of [['POST', '/v1beta', '/models/main:generateContent'], ['GET', '/health', '/liveness'], ['GET', '/health', '/nothing']]) {
		const text = execFileSync(process.env.SIDEWAYS, { encoding: 'utf8', env: { ...gw.env, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: method, SERVER_SOFTWARE: 'lighttpd/1.4.69',
			SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_URI: script + rest, SCRIPT_NAME: script, PATH_INFO: rest, CONTENT_LENGTH: '0' } });
		assert.match(text, /Status: 40[45]/);
		assert.equal(/fix-root-scriptname/.test(text), rest !== '/nothing', text);
	}
});
