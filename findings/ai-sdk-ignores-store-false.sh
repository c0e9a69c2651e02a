#!/bin/bash
# Vercel's AI SDK names an answer's items by their ids although the answer itself says that it was not stored.
#
# One would guess: a Responses object has `store`, which says whether the server kept it. A client that is told "store": false sends
# the text of earlier turns again, because an id would point at nothing.
#
# What happens: the default openai() provider looks only at its own option. It did not send `store`, takes that for true, and puts
# {"type":"item_reference","id":...} in the place of its own earlier words in the next request, whatever the answer said. So a
# server that keeps nothing must keep items all the same, or refuse every second turn; it cannot tell the client otherwise, and
# cannot leave the ids out either (the SDK's reader wants them).
#
# Seen on 2026-11-29 with ai 7.0.173 and @ai-sdk/openai 4.0.118 (src/responses/convert-to-openai-responses-input.ts), Node 20.20.2.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"type":"module","private":true}' >package.json
npm install --no-audit --no-fund --loglevel=error ai@7.0.173 @ai-sdk/openai@4.0.118 zod@4.6.7 2>/dev/null >/dev/null
cat >run.mjs <<'JS'
import http from 'node:http';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText } from 'ai';
const asked = [];
const server = http.createServer(async (request, reply) => {
	let text = '';
	for await (const piece of request) text += piece;
	asked.push(JSON.parse(text));
	reply.setHeader('content-type', 'application/json');
	reply.end(JSON.stringify({ id: `resp_${asked.length}`, object: 'response', created_at: 1, status: 'completed', model: 'm', store: false, error: null,
		incomplete_details: null, output: [{ id: `msg_${asked.length}`, type: 'message', status: 'completed', role: 'assistant',
			content: [{ type: 'output_text', text: 'The word is peach.', annotations: [] }] }],
		usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2, input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } } }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const openai = createOpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${server.address().port}/v1` });
const messages = [{ role: 'user', content: 'A word?' }];
const first = await generateText({ model: openai('m'), messages });
messages.push(...first.response.messages, { role: 'user', content: 'Again?' });
await generateText({ model: openai('m'), messages });
server.close();
console.log('store in the first request:', JSON.stringify(asked[0].store), '- store in the answer: false');
console.log('second request:', JSON.stringify(asked[1].input));
const named = asked[1].input.some((item) => item.type === 'item_reference' && item.id === 'msg_1');
const sent = JSON.stringify(asked[1].input).includes('peach');
process.exit(named && !sent ? 0 : 1);
JS
node --version
node -p 'const v = (n) => JSON.parse(require("fs").readFileSync(`node_modules/${n}/package.json`)).version; `ai ${v("ai")}, @ai-sdk/openai ${v("@ai-sdk/openai")}`' --input-type=commonjs
node run.mjs
