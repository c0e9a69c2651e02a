// Providers in their own wire formats: OpenAI chat and Responses, Anthropic messages, Gemini generateContent; whole and streamed.
//
// What a provider says is decided by what it is asked (see `think` below), in one neutral form, and written in the
// format of the address that was called.  Each request is read strictly, as the real ones do: a conversation that a
// provider would refuse is answered 400, with what is wrong with it.
import http from 'node:http';

// anyStore: a Responses body may leave store out, as the real one lets it.
export async function startProvider({ name, answer = think, keepReasoning = false, anyStore = false } = {}) {
	const provider = { name, log: [], answer, keepReasoning, anyStore };
	provider.server = http.createServer((request, reply) => take(provider, request, reply));
	await new Promise((resolve, reject) => {
		provider.server.once('error', reject);
		provider.server.listen(0, '127.0.0.1', resolve);
	});
	provider.base = `http://127.0.0.1:${provider.server.address().port}`;
	provider.close = () => new Promise((resolve) => { provider.server.closeAllConnections(); provider.server.close(resolve); });
	return provider;
}

// ---- what is said ----

// asked: { text, tools, results, images, schema, turns }.  An answer: { text, reasoning, tools, finish } or { status };
// serial makes ids that are unique over a conversation, cut ends a stream in its middle.
export function think(asked, provider) {
	const broken = /status (\d+)/.exec(asked.text);
	if (broken) return { status: Number(broken[1]) };
	if (asked.results.length) return { text: `The tool said ${asked.results.map((r) => r.text).join(' and ')}` };
	if (/weather/.test(asked.text) && asked.tools.length) {
		const cities = /two/.test(asked.text) ? ['Paris', 'Rome'] : ['Paris'];
		return { text: /aloud/.test(asked.text) ? 'Let me look.' : '', tools: cities.map((city) => ({ name: asked.tools[0], input: { city } })) };
	}
	if (asked.tools.includes('json')) return { text: '', tools: [{ name: 'json', input: { name: 'Ada', age: 36 } }] };
	if (asked.schema) return { text: '{"name":"Ada","age":36}' };
	if (asked.images.length) return { text: `I see ${asked.images.map((i) => `${i.type} of ${i.bytes} bytes`).join(', ')}` };
	if (/reason/.test(asked.text)) return { reasoning: 'First this, then that.', text: 'So it is.' };
	if (/long/.test(asked.text)) return { text: 'one two three', finish: 'length' };
	return { text: `Hello from ${provider.name}` };
}

// ---- formats: path, how a request is read, how an answer is written ----

const USAGE = { input: 20, cached: 5, output: 7 };
const wrong = (message) => { throw Object.assign(new Error(message), { status: 400 }); };
const imageOf = (type, data) => ({ type, bytes: Buffer.from(data, 'base64').length });

const openai = {
	fits: (path) => path.endsWith('/chat/completions'),
	streamed: (path, body) => body.stream === true,
	read(body, provider) {
		const asked = { text: '', tools: (body.tools ?? []).map((t) => t.function.name), results: [], images: [], schema: ['json_schema', 'json_object'].includes(body.response_format?.type) };
		let open = new Set();
		for (const message of body.messages) {
			if (message.role === 'tool') {
				if (!open.delete(message.tool_call_id)) wrong(`No tool call found for the result with call_id ${message.tool_call_id}.`);
				asked.results.push({ text: textOf(message.content) });
				continue;
			}
			if (open.size) wrong(`An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': ${[...open]}`);
			if (message.role === 'assistant') {
				open = new Set((message.tool_calls ?? []).map((call) => { JSON.parse(call.function.arguments); return call.id; }));
				if (provider.keepReasoning && open.size && typeof message.reasoning_content !== 'string') wrong('The reasoning_content in the thinking mode must be passed back to the API.');
				asked.results = [];
			} else if (message.role === 'user') {
				asked.text = textOf(message.content);
				asked.images = Array.isArray(message.content) ? message.content.filter((p) => p.type === 'image_url').map((p) => {
					const [, type, data] = /^data:([^;]+);base64,(.*)$/.exec(p.image_url.url) ?? wrong('image_url: expected a data URL');
					return imageOf(type, data);
				}) : [];
			}
		}
		return asked;
	},
	error: (status) => ({ error: { message: `The provider failed with ${status}`, type: status === 429 ? 'requests' : 'server_error', param: null, code: status === 429 ? 'rate_limit_exceeded' : null } }),
	whole(said, model) {
		const message = { role: 'assistant', content: said.text || null, refusal: null };
		if (said.reasoning) message.reasoning_content = said.reasoning;
		if (said.tools) message.tool_calls = said.tools.map((t, i) => ({ id: `call_${said.serial ?? ''}${i}`, type: 'function', function: { name: t.name, arguments: JSON.stringify(t.input) } }));
		return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices: [{ index: 0, message, logprobs: null, finish_reason: finish(said, 'stop', 'length', 'tool_calls') }], usage: openaiUsage };
	},
	*stream(said, model) {
		const chunk = (delta, finish_reason = null) => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
		yield chunk({ role: 'assistant', content: '' });
		for (const piece of pieces(said.reasoning)) yield chunk({ reasoning_content: piece });
		for (const piece of pieces(said.text)) yield chunk({ content: piece });
		for (const [index, tool] of (said.tools ?? []).entries()) {
			yield chunk({ tool_calls: [{ index, id: `call_${said.serial ?? ''}${index}`, type: 'function', function: { name: tool.name, arguments: '' } }] });
			for (const piece of pieces(JSON.stringify(tool.input))) yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
		}
		yield chunk({}, finish(said, 'stop', 'length', 'tool_calls'));
		yield { ...chunk({}), choices: [], usage: openaiUsage };
		yield '[DONE]';
	},
};
const openaiUsage = { prompt_tokens: USAGE.input, completion_tokens: USAGE.output, total_tokens: USAGE.input + USAGE.output, prompt_tokens_details: { cached_tokens: USAGE.cached } };

// OpenAI's Responses, for models that have nothing else; nothing is stored.
const responses = {
	fits: (path) => path.endsWith('/v1/responses'),
	streamed: (path, body) => body.stream === true,
	read(body, provider) {
		if (body.store !== false && !provider.anyStore) wrong('store: expected false');
		if (body.messages || body.max_tokens || body.stop) wrong('Unsupported parameter');
		if (body.max_output_tokens < 16) wrong("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16");
		const declared = [...(body.tools ?? []), ...(Array.isArray(body.input) ? body.input : []).filter((item) => item.type === 'additional_tools').flatMap((item) => item.tools)];
		for (const tool of declared) {
			if (tool.type?.startsWith('web_search')) wrong('web_search costs by the call'); // the real one takes it, and bills it
			if (!tool.name || tool.function) wrong("Missing required parameter: 'tools[0].name'.");
		}
		const asked = { text: '', tools: declared.flatMap((t) => (t.type === 'namespace' ? t.tools : [t])).map((t) => t.name), results: [], images: [], schema: body.text?.format?.type === 'json_schema' };
		const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
		const open = new Set();
		for (const [at, item] of input.entries()) {
			const type = item.type ?? 'message';
			if (type === 'reasoning') {
				if (item.encrypted_content !== 'enc-of-gpt') wrong(`Item with id '${item.id}' not found. Items are not persisted when \`store\` is set to false.`);
				if (!['message', 'function_call', 'custom_tool_call', undefined].includes(input[at + 1]?.type) || input[at + 1]?.role === 'user') wrong("Item of type 'reasoning' was provided without its required following item.");
			} else if (type === 'function_call') {
				JSON.parse(item.arguments);
				open.add(item.call_id);
				asked.results = [];
			} else if (type === 'custom_tool_call') {
				open.add(item.call_id);
				asked.results = [];
			} else if (type === 'additional_tools') {
				continue;
			} else if (type === 'function_call_output' || type === 'custom_tool_call_output') {
				if (!open.delete(item.call_id)) wrong(`No tool call found for function call output with call_id ${item.call_id}.`);
				asked.results.push({ text: typeof item.output === 'string' ? item.output : item.output.map((p) => p.text ?? '').join('') });
			} else if (type !== 'message') {
				wrong(`Invalid value: '${type}'.`);
			} else if (item.role === 'user') {
				const parts = typeof item.content === 'string' ? [{ type: 'input_text', text: item.content }] : item.content;
				for (const part of parts) if (!['input_text', 'input_image', 'input_file'].includes(part.type)) wrong(`Invalid value: '${part.type}'.`);
				asked.text = parts.map((p) => p.text ?? '').join('');
				asked.images = parts.filter((p) => p.type === 'input_image').map((p) => {
					const [, mime, data] = /^data:([^;]+);base64,(.*)$/.exec(p.image_url) ?? wrong('image_url: expected a data URL');
					return imageOf(mime, data);
				});
			}
		}
		if (open.size) wrong(`No tool output found for function call ${[...open][0]}.`);
		return asked;
	},
	error: (status) => openai.error(status),
	whole(said, model) {
		const output = [];
		if (said.reasoning) output.push({ id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: said.reasoning }], encrypted_content: 'enc-of-gpt' });
		if (said.text) output.push({ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text: said.text, annotations: [], logprobs: [] }] });
		for (const [i, tool] of (said.tools ?? []).entries()) output.push(tool.custom ? { id: `ctc_${i}`, type: 'custom_tool_call', status: 'completed', call_id: `call_${said.serial ?? ''}${i}`, name: tool.name, input: tool.custom }
			: { id: `fc_${i}`, type: 'function_call', status: 'completed', call_id: `call_${said.serial ?? ''}${i}`, name: tool.name, arguments: JSON.stringify(tool.input) });
		const cut = said.finish === 'length';
		return { id: 'resp_1', object: 'response', created_at: 1, status: cut ? 'incomplete' : 'completed', error: null, incomplete_details: cut ? { reason: 'max_output_tokens' } : null, instructions: null, model, output, parallel_tool_calls: true, store: false, temperature: 1, tool_choice: 'auto', tools: [], top_p: 1, usage: responsesUsage, metadata: {} };
	},
	*stream(said, model) {
		const whole = responses.whole(said, model);
		let sequence_number = 0;
		const event = (type, rest) => ({ type, sequence_number: sequence_number++, ...rest });
		const start = { ...whole, status: 'in_progress', incomplete_details: null, output: [], usage: null };
		yield event('response.created', { response: start });
		yield event('response.in_progress', { response: start });
		for (const [output_index, item] of whole.output.entries()) {
			const at = { item_id: item.id, output_index };
			yield event('response.output_item.added', { output_index, item: { ...item, ...{ reasoning: { summary: [] }, message: { content: [] }, function_call: { arguments: '' }, custom_tool_call: { input: '' } }[item.type] } });
			if (item.type === 'function_call') {
				for (const delta of pieces(item.arguments)) yield event('response.function_call_arguments.delta', { ...at, delta });
				yield event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
			} else if (item.type === 'custom_tool_call') {
				yield event('response.custom_tool_call_input.delta', { ...at, delta: item.input });
				yield event('response.custom_tool_call_input.done', { ...at, input: item.input });
			} else if (item.type === 'reasoning') {
				const [part] = item.summary;
				yield event('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: { ...part, text: '' } });
				for (const delta of pieces(part.text)) yield event('response.reasoning_summary_text.delta', { ...at, summary_index: 0, delta });
				yield event('response.reasoning_summary_text.done', { ...at, summary_index: 0, text: part.text });
				yield event('response.reasoning_summary_part.done', { ...at, summary_index: 0, part });
			} else {
				const [part] = item.content;
				yield event('response.content_part.added', { ...at, content_index: 0, part: { ...part, text: '' } });
				for (const delta of pieces(part.text)) yield event('response.output_text.delta', { ...at, content_index: 0, delta, logprobs: [] });
				yield event('response.output_text.done', { ...at, content_index: 0, text: part.text, logprobs: [] });
				yield event('response.content_part.done', { ...at, content_index: 0, part });
			}
			yield event('response.output_item.done', { output_index, item });
		}
		yield event(`response.${whole.status}`, { response: whole });
	},
};
const responsesUsage = { input_tokens: USAGE.input, input_tokens_details: { cached_tokens: USAGE.cached }, output_tokens: USAGE.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: USAGE.input + USAGE.output };

const anthropic = {
	fits: (path) => path.endsWith('/v1/messages'),
	streamed: (path, body) => body.stream === true,
	read(body, provider, headers) {
		if (!headers['x-api-key'] || !headers['anthropic-version']) wrong('x-api-key and anthropic-version are required');
		if (!(body.max_tokens > 0)) wrong('max_tokens: Field required');
		const asked = { text: '', tools: (body.tools ?? []).map((t) => t.name), results: [], images: [], schema: Boolean(body.output_config?.format ?? body.output_format) };
		let before = null, open = [];
		if (body.messages[0]?.role !== 'user') wrong('messages: first message must use the "user" role');
		for (const message of body.messages) {
			if (message.role === before) wrong('messages: roles must alternate');
			before = message.role;
			const blocks = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
			if (!blocks.length) wrong('messages: text content blocks must be non-empty');
			if (message.role === 'user') {
				const answered = blocks.filter((b) => b.type === 'tool_result').map((b) => b.tool_use_id);
				for (const id of open) if (!answered.includes(id)) wrong(`tool_use ids were found without tool_result blocks immediately after: ${id}`);
				for (const id of answered) if (!open.includes(id)) wrong(`unexpected tool_use_id found in tool_result blocks: ${id}`);
				asked.results = blocks.filter((b) => b.type === 'tool_result').map((b) => ({ text: textOf(b.content), error: b.is_error === true }));
				asked.text = blocks.filter((b) => b.type === 'text').map((b) => b.text || wrong('text content blocks must be non-empty')).join('');
				asked.images = blocks.filter((b) => b.type === 'image').map((b) => imageOf(b.source.media_type, b.source.data));
			}
			open = message.role === 'assistant' ? blocks.filter((b) => b.type === 'tool_use').map((b) => (typeof b.input === 'object' ? b.id : wrong('tool_use.input: expected an object'))) : [];
			for (const block of blocks) if (block.type === 'thinking' && block.signature !== 'sig-of-claude') wrong('Invalid `signature` in `thinking` block');
		}
		return asked;
	},
	error: (status) => ({ type: 'error', error: { type: status === 429 ? 'rate_limit_error' : status === 529 ? 'overloaded_error' : 'api_error', message: `The provider failed with ${status}` }, request_id: 'req_1' }),
	whole(said, model) {
		const content = [];
		if (said.reasoning) content.push({ type: 'thinking', thinking: said.reasoning, signature: 'sig-of-claude' });
		if (said.text) content.push({ type: 'text', text: said.text });
		for (const [i, tool] of (said.tools ?? []).entries()) content.push({ type: 'tool_use', id: `toolu_${said.serial ?? ''}${i}`, name: tool.name, input: tool.input });
		return { id: 'msg_1', type: 'message', role: 'assistant', model, content, stop_reason: finish(said, 'end_turn', 'max_tokens', 'tool_use'), stop_sequence: null, usage: anthropicUsage };
	},
	*stream(said, model) {
		const whole = anthropic.whole(said, model);
		yield { type: 'message_start', message: { ...whole, content: [], stop_reason: null, usage: { ...anthropicUsage, output_tokens: 1 } } };
		for (const [index, block] of whole.content.entries()) {
			const empty = { text: { text: '' }, thinking: { thinking: '', signature: '' }, tool_use: { input: {} } }[block.type];
			yield { type: 'content_block_start', index, content_block: { ...block, ...empty } };
			if (index === 0) yield { type: 'ping' };
			const delta = (d) => ({ type: 'content_block_delta', index, delta: d });
			if (block.type === 'text') for (const text of pieces(block.text)) yield delta({ type: 'text_delta', text });
			if (block.type === 'thinking') {
				for (const thinking of pieces(block.thinking)) yield delta({ type: 'thinking_delta', thinking });
				yield delta({ type: 'signature_delta', signature: block.signature });
			}
			if (block.type === 'tool_use') for (const partial_json of pieces(JSON.stringify(block.input))) yield delta({ type: 'input_json_delta', partial_json });
			yield { type: 'content_block_stop', index };
		}
		yield { type: 'message_delta', delta: { stop_reason: whole.stop_reason, stop_sequence: null }, usage: { output_tokens: USAGE.output } };
		yield { type: 'message_stop' };
	},
};
const anthropicUsage = { input_tokens: USAGE.input - USAGE.cached, cache_creation_input_tokens: 0, cache_read_input_tokens: USAGE.cached, output_tokens: USAGE.output };

const gemini = {
	fits: (path) => /\/v1beta\/models\/[^/]+:(stream)?[gG]enerateContent/.test(path),
	streamed: (path) => path.includes(':streamGenerateContent'),
	read(body, provider, headers) {
		if (!headers['x-goog-api-key']) wrong('x-goog-api-key is required');
		const asked = { text: '', tools: (body.tools ?? []).flatMap((t) => t.functionDeclarations ?? []).map((f) => f.name), results: [], images: [], schema: Boolean(body.generationConfig?.responseSchema ?? body.generationConfig?.responseJsonSchema) };
		let calls = [];
		for (const [at, content] of body.contents.entries()) {
			if (!['user', 'model'].includes(content.role ?? 'user')) wrong('Please use a valid role: user, model.');
			const found = content.parts.filter((p) => p.functionCall);
			const results = content.parts.filter((p) => p.functionResponse);
			if (results.length !== calls.length && (results.length || calls.length)) wrong('Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.');
			if (found.length && !found[0].thoughtSignature) wrong(`Function call is missing a thought_signature in functionCall parts, position ${at}`);
			calls = found;
			if (content.role !== 'model') {
				asked.results = results.map((p) => ({ text: p.functionResponse.response.content ?? Object.values(p.functionResponse.response).map(String).join(' ') }));
				asked.text = content.parts.filter((p) => p.text !== undefined).map((p) => p.text).join('');
				asked.images = content.parts.filter((p) => p.inlineData).map((p) => imageOf(p.inlineData.mimeType, p.inlineData.data));
			}
		}
		return asked;
	},
	error: (status) => ({ error: { code: status, message: `The provider failed with ${status}`, status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE' } }),
	whole(said, model) {
		const parts = [];
		if (said.reasoning) parts.push({ text: said.reasoning, thought: true });
		if (said.text) parts.push({ text: said.text });
		for (const [i, tool] of (said.tools ?? []).entries()) parts.push({ functionCall: { ...(said.serial ? { id: `g_${said.serial}${i}` } : {}), name: tool.name, args: tool.input }, ...(i === 0 ? { thoughtSignature: 'c2lnLW9mLWdlbWluaQ==' } : {}) });
		return { candidates: [{ content: { role: 'model', parts }, finishReason: finish(said, 'STOP', 'MAX_TOKENS', 'STOP'), index: 0 }], usageMetadata: geminiUsage, modelVersion: model, responseId: 'r1' };
	},
	*stream(said, model) {
		const whole = gemini.whole(said, model);
		const all = whole.candidates[0].content.parts.flatMap((p) => (p.text === undefined ? [p] : pieces(p.text).map((text) => ({ ...p, text }))));
		for (const [i, part] of all.entries()) {
			const last = i === all.length - 1;
			yield { ...whole, candidates: [{ content: { role: 'model', parts: [part] }, index: 0, ...(last ? { finishReason: whole.candidates[0].finishReason } : {}) }] };
		}
	},
};
const geminiUsage = { promptTokenCount: USAGE.input, cachedContentTokenCount: USAGE.cached, candidatesTokenCount: USAGE.output, totalTokenCount: USAGE.input + USAGE.output };

const formats = { openai, responses, anthropic, gemini };

function finish(said, stop, length, tools) {
	if (said.finish === 'filter') return { stop: 'content_filter', end_turn: 'refusal', STOP: 'SAFETY' }[stop];
	return said.finish === 'length' ? length : said.tools ? tools : stop;
}

function pieces(text = '') {
	return text ? text.match(/.{1,6}/gs) : [];
}

function textOf(content) {
	return typeof content === 'string' ? content : (content ?? []).filter((p) => p.type === 'text').map((p) => p.text).join('');
}

// ---- serving ----

async function take(provider, request, reply) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	const path = request.url.split('?')[0];
	const kind = Object.keys(formats).find((name) => formats[name].fits(path));
	const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
	const entry = { path: request.url, kind, headers: request.headers, body };
	provider.log.push(entry);
	if (!kind) return send(reply, 404, { error: { message: `no such path: ${path}` } });
	const format = formats[kind];
	try {
		const said = provider.answer(format.read(body, provider, request.headers), provider);
		if (said.status) return send(reply, said.status, said.body ?? format.error(said.status));
		const model = body.model ?? /models\/([^:]+):/.exec(path)[1];
		if (!format.streamed(path, body)) return send(reply, 200, format.whole(said, model));
		reply.writeHead(200, { 'content-type': 'text/event-stream' });
		for (const [at, event] of [...format.stream(said, model)].entries()) {
			if (said.cut && at === 4) return setTimeout(() => reply.destroy(), 50); // in the middle of its words
			if (kind === 'anthropic' || kind === 'responses') reply.write(`event: ${event.type}\n`);
			reply.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}${kind === 'gemini' ? '\r\n\r\n' : '\n\n'}`);
		}
		reply.end();
	} catch (error) {
		entry.refused = error.message;
		send(reply, error.status ?? 500, { ...format.error(400), error: { ...format.error(400).error, message: error.message, ...(kind === 'gemini' ? { status: 'INVALID_ARGUMENT' } : { type: 'invalid_request_error' }) } });
	}
}

function send(reply, status, json) {
	const text = JSON.stringify(json);
	reply.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
	reply.end(text);
}
