// LangChain.js, by ChatOpenAI.
import { execSync } from 'node:child_process';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';

const { BASE, KEY, MODEL: model } = process.env;
const chat = new ChatOpenAI({ model, apiKey: KEY, configuration: { baseURL: `${BASE}/v1` } });
const whole = (await chat.invoke('Say what this is, in two words.')).text;
let text = '';
for await (const chunk of await chat.stream('Say what this is, in two words.')) text += chunk.text;
console.log(`whole: ${whole}\nstream: ${text}`);
const bound = chat.bindTools([{ name: 'run_command', description: 'Runs a command in a shell', schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] } }]);
const messages = [new HumanMessage('Write the word PEACH into peach.txt, then read the file and tell me what the marker is.')];
for (;;) {
	let reply;
	for await (const chunk of await bound.stream(messages)) reply = reply ? reply.concat(chunk) : chunk;
	messages.push(reply);
	if (!reply.tool_calls?.length) {
		console.log(reply.text);
		break;
	}
	for (const call of reply.tool_calls) messages.push(new ToolMessage({ tool_call_id: call.id, content: execSync(call.args.command, { encoding: 'utf8', shell: '/bin/bash' }) }));
}
