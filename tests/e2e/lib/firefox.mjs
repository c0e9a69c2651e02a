// Debian's Firefox, driven by WebDriver BiDi without a driver between: https://www.w3.org/TR/webdriver-bidi/.
// As much of it as a look at pages needs: windows of a width, going somewhere, asking the page something.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import WebSocket from 'ws';

const PROGRAM = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => fs.existsSync(file));

// Nothing is asked of anybody but the loopback: all else is sent to a port where nobody is.
const PREFERENCES = { 'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9,
	'network.proxy.no_proxies_on': '127.0.0.1, localhost', 'app.update.enabled': false, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false,
	'browser.startup.page': 0, 'browser.aboutwelcome.enabled': false, 'termsofuse.bypassNotification': true };

export class Firefox {
	static async start({ dark = false } = {}) {
		const made = new Firefox();
		made.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-firefox-'));
		const wanted = { ...PREFERENCES, 'ui.systemUsesDarkTheme': dark ? 1 : 0, 'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1 };
		fs.writeFileSync(path.join(made.profile, 'user.js'), Object.entries(wanted).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
		made.child = spawn(PROGRAM, ['--headless', '--no-remote', '--profile', made.profile, '--remote-debugging-port', '0'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: made.profile } });
		const address = await new Promise((resolve, reject) => {
			let said = '';
			made.child.stderr.on('data', (bytes) => {
				said += bytes;
				const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said);
				if (found) resolve(found[1]);
			});
			made.child.on('exit', () => reject(new Error(`Firefox ended: ${said.slice(-1000)}`)));
		});
		made.socket = new WebSocket(`${address}/session`);
		await new Promise((resolve, reject) => made.socket.on('open', resolve).on('error', reject));
		made.waiting = new Map();
		made.last = 0;
		made.socket.on('message', (text) => made.hear(JSON.parse(text)));
		await made.send('session.new', { capabilities: {} });
		({ context: made.context } = (await made.send('browsingContext.getTree', {})).contexts[0]);
		return made;
	}

	hear(message) {
		const { resolve, reject } = this.waiting.get(message.id) ?? {};
		this.waiting.delete(message.id);
		if (message.type === 'success') resolve?.(message.result);
		else if (message.type === 'error') reject?.(new Error(`${message.error}: ${message.message}`));
	}

	send(method, params) {
		const id = ++this.last;
		return new Promise((resolve, reject) => {
			this.waiting.set(id, { resolve, reject });
			this.socket.send(JSON.stringify({ id, method, params }));
		});
	}

	size(width, height) {
		return this.send('browsingContext.setViewport', { context: this.context, viewport: { width, height } });
	}

	goto(url) {
		return this.send('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
	}

	// What an expression is, a promise waited for; through JSON.
	async ask(expression) {
		const reply = await this.send('script.evaluate', { expression: `(async () => JSON.stringify(await (${expression})) ?? null)()`, target: { context: this.context }, awaitPromise: true });
		if (reply.type !== 'success') throw new Error(reply.exceptionDetails.text);
		return reply.result.value === undefined ? undefined : JSON.parse(reply.result.value);
	}

	async picture(file) {
		const { data } = await this.send('browsingContext.captureScreenshot', { context: this.context, origin: 'document' });
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}

	async stop() {
		this.child.removeAllListeners('exit');
		const ended = this.child.exitCode === null && this.child.signalCode === null ? new Promise((resolve) => { this.child.once('exit', resolve); }) : undefined;
		this.socket?.close();
		this.child.kill();
		await ended;
		fs.rmSync(this.profile, { recursive: true, force: true });
	}
}
