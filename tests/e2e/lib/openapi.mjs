// Answers held against an OpenAPI description: each must be one that the description allows.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';

export class Description {
	constructor(document) {
		this.document = document;
		this.ajv = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': isTime, date: /^\d{4}-\d{2}-\d{2}$/ } });
		this.ajv.addSchema({ $id: 'description', components: document.components });
		this.called = new Set();
	}

	get operations() {
		return Object.entries(this.document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
	}

	find(method, url) {
		const path = url.split('?')[0];
		const template = this.document.paths[path] ? path
			: Object.keys(this.document.paths).find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
		return { template, operation: this.document.paths[template]?.[method.toLowerCase()] };
	}

	#hold(schema, value, what) {
		const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"description#/'));
		const validate = this.ajv.compile(local);
		assert.ok(validate(value), `${what}: ${this.ajv.errorsText(validate.errors, { separator: '\n' })}\n${JSON.stringify(value).slice(0, 600)}`);
	}

	// An answer to a call that the description has; others are left alone.
	check(method, url, body, reply) {
		const { template, operation } = this.find(method, url);
		if (!operation) return;
		const answer = operation.responses[reply.status] ?? operation.responses.default;
		this.#hold(answer.content['application/json'].schema, reply.json, `${method} ${template} ${reply.status}`);
		if (reply.status !== 200) return;
		this.called.add(`${method} ${template}`);
		if (body !== undefined) this.#hold(operation.requestBody.content['application/json'].schema, body, `${method} ${template}, the body that was accepted`);
		for (const [name] of new URLSearchParams(url.split('?')[1] ?? ''))
			assert.ok((operation.parameters ?? []).some((one) => one.in === 'query' && one.name === name), `${template}: ${name} is taken and not described`);
	}
}

function isTime(text) {
	return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
