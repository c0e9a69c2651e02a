#!/bin/bash
# The timeout of three of five JavaScript SDKs ends with the answer's head: one second lets through an answer of three.
#
# One would guess: `timeout: 1000` on a call without a stream bounds the whole call, which is what one awaits; for a stream it might be
# the time to the head. At least the vendors' SDKs agree.
#
# What happens: with openai, @anthropic-ai/sdk and cohere-ai the timer is stopped when the head has come, and the body may take as long as it
# likes; with @google/genai and @mistralai/mistralai the same second ends the call while the body is read. So a proxy that sends its
# head early and blanks while the model works (JSON may begin with blanks), in order to be kept by balancers, switches the first three
# timeouts and the retries behind them off, and makes the other two give up as if it were silent.
#
# Seen on 2026-11-30 with the versions below, Node 20.20.2; openai/openai-node 1825 (April 2026, open) says it of the first.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"type":"module","private":true}' >package.json
npm install --no-audit --no-fund --loglevel=error --ignore-scripts openai@6.49.0 @anthropic-ai/sdk@1.14.0 cohere-ai@8.1.0 @google/genai@2.32.0 \
	@mistralai/mistralai@2.7.0 zod@4.6.7 >/dev/null
cat >run.mjs <<'JS'
import fs from 'node:fs';
import http from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';

const chat = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'late' } }],
	usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
const answers = [
	['messages', { id: 'm', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'late' }], model: 'm', stop_reason: 'end_turn', stop_sequence: null,
		usage: { input_tokens: 1, output_tokens: 1 } }],
	['v2/chat', { id: 'x', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'late' }] } }],
	['generateContent', { candidates: [{ content: { role: 'model', parts: [{ text: 'late' }] }, finishReason: 'STOP' }] }],
	['completions', chat],
];
const server = http.createServer((request, reply) => {
	request.resume();
	reply.setHeader('content-type', 'application/json');
	reply.flushHeaders();
	const blanks = setInterval(() => reply.write(' '), 300);
	setTimeout(() => {
		clearInterval(blanks);
		reply.end(JSON.stringify(answers.find(([part]) => request.url.includes(part))[1]));
	}, 3000);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const messages = [{ role: 'user', content: 'x' }];
const stainless = { apiKey: 'k', baseURL: base, timeout: 1000, maxRetries: 0 };
const sdks = {
	openai: async () => (await new OpenAI(stainless).chat.completions.create({ model: 'm', messages })).choices[0].message.content,
	'@anthropic-ai/sdk': async () => (await new Anthropic(stainless).messages.create({ model: 'm', max_tokens: 5, messages })).content[0].text,
	'cohere-ai': async () => (await new CohereClientV2({ token: 'k', environment: base }).chat({ model: 'm', messages }, { timeoutInSeconds: 1, maxRetries: 0 })).message.content[0].text,
	'@google/genai': async () => (await new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base, timeout: 1000 } }).models.generateContent({ model: 'm', contents: 'x' })).text,
	'@mistralai/mistralai': async () => (await new Mistral({ apiKey: 'k', serverURL: base, timeoutMs: 1000 }).chat.complete({ model: 'm', messages })).choices[0].message.content,
};
console.log('Node', process.version);
const seen = {};
for (const [name, ask] of Object.entries(sdks)) {
	const began = Date.now();
	try {
		seen[name] = await ask();
	} catch (error) {
		seen[name] = error.name;
	}
	const { version } = JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`));
	console.log(`${name} ${version}, timeout 1 s: ${seen[name]} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
const late = ['openai', '@anthropic-ai/sdk', 'cohere-ai'];
process.exit(Object.entries(seen).every(([name, answer]) => (answer === 'late') === late.includes(name)) ? 0 : 1);
JS
node run.mjs
