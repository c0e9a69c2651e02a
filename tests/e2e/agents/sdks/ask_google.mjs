// Google's SDK.
import { execSync } from 'node:child_process';
import { GoogleGenAI } from '@google/genai';

const { BASE, KEY, MODEL: model } = process.env;
const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: BASE } });
const contents = 'Say what this is, in two words.';
const whole = (await client.models.generateContent({ model, contents })).text;
let text = '';
for await (const chunk of await client.models.generateContentStream({ model, contents })) text += chunk.text ?? '';
console.log(`whole: ${whole}\nstream: ${text}`);
const parametersJsonSchema = { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] };
const chat = client.chats.create({ model, config: { tools: [{ functionDeclarations: [{ name: 'run_command', description: 'Runs a command in a shell', parametersJsonSchema }] }] } });
let message = 'Write the word PEACH into peach.txt, then read the file and tell me what the marker is.';
for (;;) {
	const parts = [];
	for await (const chunk of await chat.sendMessageStream({ message })) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
	const calls = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
	if (!calls.length) {
		console.log(parts.map((part) => part.text ?? '').join(''));
		break;
	}
	message = calls.map((call) => ({ functionResponse: { id: call.id, name: call.name, response: { output: execSync(call.args.command, { encoding: 'utf8', shell: '/bin/bash' }) } } }));
}
