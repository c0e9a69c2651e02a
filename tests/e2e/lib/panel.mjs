// A browser as bare as a test needs it: cookies, forms with their token, no script.
import { execFileSync } from 'node:child_process';
import { request } from './client.mjs';

export const PASSWORD = 'correct horse battery staple';

// Makes an admin by the command line.
export function makeAdmin(gateway, name, role = 'admin', password = PASSWORD) {
	execFileSync(process.env.SIDEWAYS, ['passwd', name, '--role', role], { env: gateway.env, input: `${password}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
}

export class Panel {
	constructor(base) {
		this.base = `${base}/admin`;
		this.cookies = new Map();
		this.host = new URL(base).host;
	}

	async send(method, path, { fields, headers = {} } = {}) {
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		const reply = await request(this.base + path, { method, headers: { host: this.host, accept: 'text/html',
			...(cookie ? { cookie } : {}), ...(fields ? { 'content-type': 'application/x-www-form-urlencoded' } : {}), ...headers },
		body: fields ? new URLSearchParams(fields).toString() : undefined });
		for (const line of reply.headers['set-cookie'] ?? []) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			if (value) this.cookies.set(name, value);
			else this.cookies.delete(name);
		}
		return reply;
	}

	get(path, options) {
		return this.send('GET', path, options);
	}

	// Posts a form as a browser would: with the token of the page that shows it.
	async post(path, fields = {}, { from = '/sessions', ...options } = {}) {
		const token = tokenOf((await this.get(from)).text);
		return this.send('POST', path, { fields: { token, ...fields }, ...options });
	}

	async signIn(name, password = PASSWORD) {
		return this.post('/sign-in', { name, password }, { from: '/sign-in' });
	}
}

export const tokenOf = (html) => /name="token" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? '';
export const idOf = (html) => /\/keys\/(key-[0-9a-z]+)/.exec(html)?.[1];

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
const decoded = (text) => text.replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity]);

// What a browser sends of the form that goes to this address: every field as the page shows it.
export function fieldsOf(html, action) {
	const form = [...html.matchAll(/<form[^>]* action="([^"]*)">(.*?)<\/form>/gs)].find((match) => decoded(match[1]).endsWith(action))?.[2] ?? '';
	const fields = {};
	for (const [tag, , textarea, select] of form.matchAll(/<input[^>]*>|(<textarea[^>]*>(.*?)<\/textarea>)|(<select.*?<\/select>)/gs)) {
		const attribute = (name) => decoded(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
		if (attribute('type') === 'checkbox' && !/ checked/.test(tag)) continue;
		fields[attribute('name')] = select ? decoded(/value="([^"]*)" selected/.exec(select)?.[1] ?? '')
			: textarea !== undefined ? decoded(textarea).replace(/\n/g, '\r\n') : attribute('value');
	}
	return fields;
}
