// The real SDKs behind one face, so that one test asks them all for the same things.  Each is
//	text(model, prompt) -> { text, usage? }        stream(model, prompt) -> { text, pieces }
//	tools(model, prompt, run, streamed) -> the last text; run(input) gives a tool's result
//	image(model, png) -> text                      schema(model) -> object
//	status(model, prompt) -> the HTTP status that its error shows
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { z } from 'zod';

const PARAMETERS = { type: 'object', properties: { city: { type: 'string', description: 'The city' } }, required: ['city'], additionalProperties: false };
const PERSON = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } }, required: ['name', 'age'], additionalProperties: false };
const DESCRIPTION = 'The weather of a city now';

async function statusOf(promise, name = 'status') {
	try {
		await promise;
	} catch (error) {
		return error[name] ?? error.statusCode ?? error.lc_error_code ?? error.message;
	}
	return 200;
}

export function openaiChat(base, key) {
	const client = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0 });
	const tools = [{ type: 'function', function: { name: 'get_weather', description: DESCRIPTION, parameters: PARAMETERS, strict: true } }];
	const ask = (body) => client.chat.completions.create(body);
	return {
		name: 'openai chat',
		async text(model, content) {
			const reply = await ask({ model, messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content }] });
			return { text: reply.choices[0].message.content, usage: [reply.usage.prompt_tokens, reply.usage.completion_tokens], finish: reply.choices[0].finish_reason };
		},
		async stream(model, content) {
			const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content }], stream_options: { include_usage: true } });
			let pieces = 0;
			stream.on('content', () => { pieces += 1; });
			const reply = await stream.finalChatCompletion();
			return { text: reply.choices[0].message.content, pieces, usage: [reply.usage.prompt_tokens, reply.usage.completion_tokens] };
		},
		async tools(model, content, run, streamed) {
			const messages = [{ role: 'user', content }];
			for (;;) {
				const body = { model, messages, tools };
				const reply = streamed ? await client.chat.completions.stream(body).finalChatCompletion() : await ask(body);
				const message = reply.choices[0].message;
				messages.push(message);
				if (!message.tool_calls?.length) return message.content;
				for (const call of message.tool_calls) messages.push({ role: 'tool', tool_call_id: call.id, content: run(JSON.parse(call.function.arguments)) });
			}
		},
		async image(model, png) {
			const reply = await ask({ model, messages: [{ role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] }] });
			return reply.choices[0].message.content;
		},
		async schema(model) {
			const reply = await client.chat.completions.parse({ model, messages: [{ role: 'user', content: 'Who?' }], response_format: { type: 'json_schema', json_schema: { name: 'person', schema: PERSON, strict: true } } });
			return reply.choices[0].message.parsed ?? JSON.parse(reply.choices[0].message.content);
		},
		status: (model, content) => statusOf(ask({ model, messages: [{ role: 'user', content }] })),
	};
}

export function openaiResponses(base, key) {
	const client = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0 });
	const tools = [{ type: 'function', name: 'get_weather', description: DESCRIPTION, parameters: PARAMETERS, strict: true }];
	const ask = (body) => client.responses.create({ store: false, ...body });
	return {
		name: 'openai responses',
		async text(model, input) {
			const reply = await ask({ model, input, instructions: 'Be kind.' });
			return { text: reply.output_text, usage: [reply.usage.input_tokens, reply.usage.output_tokens], finish: reply.incomplete_details?.reason === 'max_output_tokens' ? 'length' : 'stop' };
		},
		async stream(model, input) {
			const stream = client.responses.stream({ model, input, store: false });
			let pieces = 0;
			stream.on('response.output_text.delta', () => { pieces += 1; });
			const reply = await stream.finalResponse();
			return { text: reply.output_text, pieces, usage: [reply.usage.input_tokens, reply.usage.output_tokens] };
		},
		async tools(model, content, run, streamed) {
			const input = [{ role: 'user', content }];
			for (;;) {
				const reply = streamed ? await client.responses.stream({ model, input, tools, store: false }).finalResponse() : await ask({ model, input, tools });
				const calls = reply.output.filter((item) => item.type === 'function_call');
				input.push(...reply.output);
				if (!calls.length) return reply.output_text;
				for (const call of calls) input.push({ type: 'function_call_output', call_id: call.call_id, output: run(JSON.parse(call.arguments)) });
			}
		},
		async image(model, png) {
			const reply = await ask({ model, input: [{ role: 'user', content: [{ type: 'input_text', text: 'Look' }, { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` }] }] });
			return reply.output_text;
		},
		async schema(model) {
			const reply = await client.responses.parse({ model, store: false, input: 'Who?', text: { format: { type: 'json_schema', name: 'person', schema: PERSON, strict: true } } });
			return reply.output_parsed ?? JSON.parse(reply.output_text);
		},
		status: (model, input) => statusOf(ask({ model, input })),
	};
}

export function anthropicMessages(base, key) {
	const client = new Anthropic({ apiKey: key, baseURL: base, maxRetries: 0 });
	const tools = [{ name: 'get_weather', description: DESCRIPTION, input_schema: PARAMETERS }];
	const ask = (body) => client.messages.create({ max_tokens: 100, ...body });
	const textIn = (reply) => reply.content.filter((b) => b.type === 'text').map((b) => b.text).join('');
	return {
		name: 'anthropic',
		async text(model, content) {
			const reply = await ask({ model, system: 'Be kind.', messages: [{ role: 'user', content }] });
			const usage = reply.usage;
			return { text: textIn(reply), usage: [usage.input_tokens + usage.cache_read_input_tokens, usage.output_tokens], finish: { end_turn: 'stop', max_tokens: 'length' }[reply.stop_reason] };
		},
		async stream(model, content) {
			const stream = client.messages.stream({ model, max_tokens: 100, messages: [{ role: 'user', content }] });
			let pieces = 0;
			stream.on('text', () => { pieces += 1; });
			const reply = await stream.finalMessage();
			return { text: textIn(reply), pieces, usage: [reply.usage.input_tokens + reply.usage.cache_read_input_tokens, reply.usage.output_tokens] };
		},
		async tools(model, content, run, streamed) {
			const messages = [{ role: 'user', content }];
			for (;;) {
				const body = { model, max_tokens: 100, messages, tools };
				const reply = streamed ? await client.messages.stream(body).finalMessage() : await ask(body);
				messages.push({ role: 'assistant', content: reply.content });
				const calls = reply.content.filter((b) => b.type === 'tool_use');
				if (!calls.length) return textIn(reply);
				messages.push({ role: 'user', content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: run(call.input) })) });
			}
		},
		async image(model, png) {
			return textIn(await ask({ model, messages: [{ role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }] }] }));
		},
		async schema(model) {
			return JSON.parse(textIn(await ask({ model, messages: [{ role: 'user', content: 'Who?' }], output_config: { format: { type: 'json_schema', schema: PERSON } } })));
		},
		status: (model, content) => statusOf(ask({ model, messages: [{ role: 'user', content }] })),
	};
}

export function googleGenai(base, key) {
	const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base } });
	const config = { tools: [{ functionDeclarations: [{ name: 'get_weather', description: DESCRIPTION, parametersJsonSchema: PARAMETERS }] }] };
	const ask = (body) => client.models.generateContent(body);
	const lengths = { STOP: 'stop', MAX_TOKENS: 'length' };
	return {
		name: 'google genai',
		async text(model, contents) {
			const reply = await ask({ model, contents, config: { systemInstruction: 'Be kind.' } });
			return { text: reply.text, usage: [reply.usageMetadata.promptTokenCount, reply.usageMetadata.candidatesTokenCount], finish: lengths[reply.candidates[0].finishReason] };
		},
		async stream(model, contents) {
			let text = '', pieces = 0, usage;
			for await (const chunk of await client.models.generateContentStream({ model, contents })) {
				if (chunk.text) { text += chunk.text; pieces += 1; }
				usage = chunk.usageMetadata ?? usage;
			}
			return { text, pieces, usage: [usage.promptTokenCount, usage.candidatesTokenCount] };
		},
		async tools(model, prompt, run, streamed) {
			const contents = [{ role: 'user', parts: [{ text: prompt }] }];
			for (;;) {
				let parts = [];
				if (streamed) for await (const chunk of await client.models.generateContentStream({ model, contents, config })) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
				else parts = (await ask({ model, contents, config })).candidates[0].content.parts;
				contents.push({ role: 'model', parts });
				const calls = parts.filter((p) => p.functionCall);
				if (!calls.length) return parts.map((p) => p.text ?? '').join('');
				contents.push({ role: 'user', parts: calls.map((p) => ({ functionResponse: { id: p.functionCall.id, name: p.functionCall.name, response: { output: run(p.functionCall.args) } } })) });
			}
		},
		async image(model, png) {
			return (await ask({ model, contents: [{ role: 'user', parts: [{ text: 'Look' }, { inlineData: { mimeType: 'image/png', data: png } }] }] })).text;
		},
		async schema(model) {
			return JSON.parse((await ask({ model, contents: 'Who?', config: { responseMimeType: 'application/json', responseJsonSchema: PERSON } })).text);
		},
		status: (model, contents) => statusOf(ask({ model, contents })),
	};
}

function vercel(name, make) {
	const tools = (run) => ({ get_weather: tool({ description: DESCRIPTION, inputSchema: z.object({ city: z.string() }), execute: async (input) => run(input) }) });
	const quiet = { maxRetries: 0 };
	return {
		name,
		async text(model, prompt) {
			const reply = await generateText({ ...quiet, model: make(model), system: 'Be kind.', prompt });
			return { text: reply.text, usage: [reply.usage.inputTokens, reply.usage.outputTokens], finish: reply.finishReason };
		},
		async stream(model, prompt) {
			const result = streamText({ ...quiet, model: make(model), prompt });
			let pieces = 0, text = '';
			for await (const piece of result.textStream) { pieces += 1; text += piece; }
			const usage = await result.usage;
			return { text, pieces, usage: [usage.inputTokens, usage.outputTokens] };
		},
		async tools(model, prompt, run, streamed) {
			const call = { ...quiet, model: make(model), prompt, tools: tools(run), stopWhen: stepCountIs(3) };
			if (!streamed) return (await generateText(call)).text;
			const result = streamText(call);
			await result.consumeStream();
			return await result.text;
		},
		async image(model, png) {
			return (await generateText({ ...quiet, model: make(model), messages: [{ role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image', image: png, mediaType: 'image/png' }] }] })).text;
		},
		async schema(model) {
			return (await generateText({ ...quiet, model: make(model), prompt: 'Who?', output: Output.object({ schema: jsonSchema(PERSON) }) })).output;
		},
		status: (model, prompt) => statusOf(generateText({ ...quiet, model: make(model), prompt }), 'statusCode'),
	};
}

export const vercelOpenai = (base, key) => vercel('ai with openai', createOpenAI({ apiKey: key, baseURL: `${base}/v1` }));
export const vercelAnthropic = (base, key) => vercel('ai with anthropic', createAnthropic({ apiKey: key, baseURL: `${base}/v1` }));
export const vercelGoogle = (base, key) => vercel('ai with google', createGoogleGenerativeAI({ apiKey: key, baseURL: `${base}/v1beta` }));

function langchain(name, make) {
	const weather = { name: 'get_weather', description: DESCRIPTION, schema: z.object({ city: z.string() }) };
	const textIn = (message) => (typeof message.content === 'string' ? message.content : message.content.filter((b) => b.type === 'text').map((b) => b.text).join(''));
	return {
		name,
		async text(model, content) {
			const reply = await make(model).invoke([['system', 'Be kind.'], ['user', content]]);
			return { text: textIn(reply), usage: [reply.usage_metadata.input_tokens, reply.usage_metadata.output_tokens], finish: { end_turn: 'stop', stop: 'stop', max_tokens: 'length', length: 'length' }[reply.response_metadata.finish_reason ?? reply.response_metadata.stop_reason] };
		},
		async stream(model, content) {
			let whole, pieces = 0;
			for await (const chunk of await make(model).stream([['user', content]])) {
				if (textIn(chunk)) pieces += 1;
				whole = whole ? whole.concat(chunk) : chunk;
			}
			return { text: textIn(whole), pieces, usage: [whole.usage_metadata.input_tokens, whole.usage_metadata.output_tokens] };
		},
		async tools(model, content, run, streamed) {
			const bound = make(model).bindTools([weather]);
			const messages = [new HumanMessage(content)];
			for (;;) {
				let reply;
				if (streamed) for await (const chunk of await bound.stream(messages)) reply = reply ? reply.concat(chunk) : chunk;
				else reply = await bound.invoke(messages);
				messages.push(streamed ? new AIMessage({ content: reply.content, tool_calls: reply.tool_calls, id: reply.id }) : reply);
				if (!reply.tool_calls?.length) return textIn(reply);
				for (const call of reply.tool_calls) messages.push(new ToolMessage({ tool_call_id: call.id, name: call.name, content: run(call.args) }));
			}
		},
		async image(model, png) {
			return textIn(await make(model).invoke([new HumanMessage({ content: [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] })]));
		},
		schema: (model) => make(model).withStructuredOutput(PERSON, { name: 'person', method: 'jsonSchema' }).invoke('Who?'),
		status: (model, content) => statusOf(make(model).invoke([['user', content]])),
	};
}

export const langchainOpenai = (base, key) => langchain('langchain openai', (model) => new ChatOpenAI({ model, apiKey: key, maxRetries: 0, configuration: { baseURL: `${base}/v1` } }));
export const langchainAnthropic = (base, key) => langchain('langchain anthropic', (model) => new ChatAnthropic({ model, apiKey: key, anthropicApiUrl: base, maxRetries: 0, maxTokens: 100 }));

export const allSdks = [openaiChat, openaiResponses, anthropicMessages, googleGenai, vercelOpenai, vercelAnthropic, vercelGoogle, langchainOpenai, langchainAnthropic];
