// The tool runners of Anthropic's SDKs keep the conversation at the provider, unasked (anthropic 2.14 for Python, 1.14 for
// TypeScript): of each turn only what is new would be sent, and billed with all that came before.  The gateway says no in
// the way that both understand, and they send the whole history.
import Anthropic from '@anthropic-ai/sdk';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startProvider } from './lib/native.mjs';
import { deployment, PRICES, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const run = promisify(execFile);
const PYTHON_SDK = 'anthropic==2.14.0';
const QUESTION = 'What is the weather, aloud?';
const ANSWER = 'The tool said Sunny in Paris';
const prices = Object.fromEntries(Object.entries(PRICES.cheap.file).map(([name, value]) => [name, Number(value)]));

const providers = {};
let gw, folder;

before(async () => {
	for (const name of ['anthropic', 'openai']) providers[name] = await startProvider({ name });
	gw = await gateway({ front: 'nginx', settings: settings([
		{ model_name: 'claude', litellm_params: { model: 'anthropic/claude-sonnet-4-5', api_key: 'sk-CANARY-provider-a', api_base: providers.anthropic.base, ...prices }, model_info: { id: 'claude', max_input_tokens: 100000, max_output_tokens: 500 } },
		deployment('gpt', `${providers.openai.base}/v1`),
	]) });
});

after(async () => {
	for (const provider of Object.values(providers)) await provider.close();
	if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

// What the provider of a group was sent since, and what the gateway has of it.
async function ask(group, runner, streamed) {
	const key = await gw.key('--alias', `${group}-${streamed}-${Math.random()}`);
	const provider = providers[group === 'claude' ? 'anthropic' : 'openai'];
	const before = provider.log.length;
	const { answer, calls } = await runner(group, key, streamed);
	return { answer, calls, sent: provider.log.slice(before).map((call) => call.body) };
}

async function typescript(group, key, stream) {
	const calls = [];
	const client = new Anthropic({ apiKey: key, baseURL: gw.base, maxRetries: 0, fetch: async (url, init) => {
		const reply = await fetch(url, init);
		calls.push([Boolean(JSON.parse(init.body).thread), reply.status]);
		return reply;
	} });
	const weather = { type: 'custom', name: 'weather', description: 'of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }, parse: (input) => input, run: ({ city }) => `Sunny in ${city}` };
	const runner = client.beta.messages.toolRunner({ model: group, max_tokens: 100, stream, messages: [{ role: 'user', content: QUESTION }], tools: [weather] });
	return { answer: (await runner.runUntilDone()).content.map((block) => block.text ?? '').join(''), calls };
}

const SCRIPT = `
import json, os
import anthropic
from anthropic import beta_tool

@beta_tool
def weather(city: str) -> str:
    """Of a city.

    Args:
        city: its name
    """
    return "Sunny in " + city

calls = []
def note(response):
    calls.append([bool(json.loads(response.request.content).get("thread")), response.status_code])

client = anthropic.Anthropic(api_key=os.environ["KEY"], base_url=os.environ["BASE"], max_retries=0,
    http_client=anthropic.DefaultHttpxClient(event_hooks={"response": [note]}))
runner = client.beta.messages.tool_runner(model=os.environ["MODEL"], max_tokens=100, stream=os.environ["STREAM"] == "true",
    messages=[{"role": "user", "content": os.environ["QUESTION"]}], tools=[weather])
answer = "".join(getattr(block, "text", "") for block in runner.until_done().content)
print(json.dumps({"answer": answer, "calls": calls}))
`;

async function python(group, key, stream) {
	if (!folder) {
		folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-anthropic-'));
		await run('python3', ['-m', 'venv', folder]);
		await run(path.join(folder, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', PYTHON_SDK], { timeout: 300000 });
	}
	const env = { ...process.env, KEY: key, BASE: gw.base, MODEL: group, STREAM: String(stream), QUESTION };
	return JSON.parse((await run(path.join(folder, 'bin/python'), ['-c', SCRIPT], { env, timeout: 60000 })).stdout);
}

for (const [name, runner] of Object.entries({ typescript, python })) describe(`the tool runner of ${name}`, { timeout: 400000 }, () => {
	for (const group of ['claude', 'gpt']) for (const streamed of [false, true]) test(`${group}${streamed ? ', streamed' : ''}`, async () => {
		const { answer, calls, sent } = await ask(group, runner, streamed);
		assert.equal(answer, ANSWER);
		assert.deepEqual(calls, [[true, 400], [false, 200], [false, 200]]);
		assert.equal(sent.length, 2); // what was refused was not sent on, and nothing twice
		for (const body of sent) assert.equal(body.thread, undefined);
		const [, last] = sent, history = JSON.stringify(last.messages);
		assert.ok(last.messages.length >= 3 && last.tools.length === 1);
		for (const word of [QUESTION, 'Let me look.', 'Sunny in Paris']) assert.ok(history.includes(word), `${word} is not in ${history}`);
	});
});
