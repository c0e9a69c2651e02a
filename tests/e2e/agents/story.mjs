// What the scripted models of the agents' tests say: a task with two calls of a shell, then a last word.
//
// The model knows where it is by what the tools said last, so that any provider can take over in the middle, as after a fallback.
export const MARKS = ['STEP-ONE-IS-DONE', 'STEP-TWO-IS-DONE'];
export const LAST = 'The marker is PEACH.';

// Marks are written in two halves, so that only what a command put out has them whole.
const COMMANDS = MARKS.map((mark, i) => `${i ? 'cat peach.txt' : 'echo PEACH > peach.txt'}; printf '%s-%s\\n' ${mark.slice(0, 8)} ${mark.slice(9)}`);

// The tool that runs a command, by the names that the clients have for it, and its arguments.
const SHELLS = [
	['Bash', (command) => ({ command, description: 'One step' })],
	['bash', (command) => ({ command, description: 'One step' })],
	['run_shell_command', (command) => ({ command, description: 'One step', is_background: false })],
	['run_command', (command) => ({ command })], // of sdks/
	['exec_command', (cmd) => ({ cmd })],
	['exec', (cmd) => ({ input: script(cmd) }), script],
];
// Codex for gpt-5.6: a tool with free text, JavaScript that calls the shell.
function script(cmd) { return `const done = await tools.exec_command({ cmd: ${JSON.stringify(cmd)} });\ntext(done.output ?? done);`; }

// A scripted model: turns counts its answers with tools, and `act(turn)` may say something else for one of them.
export function model({ act = () => undefined } = {}) {
	let turn = 0, serial = 0;
	const said = { turns: () => turn };
	said.answer = (asked, provider) => {
		const shell = SHELLS.find(([name]) => asked.tools.includes(name));
		if (!shell) return { text: /EDIT/.test(asked.text) ? edit() : 'A title' }; // titles and summaries
		const other = act(turn);
		turn += 1;
		if (other) return other;
		const results = asked.results.map((r) => r.text).join('\n');
		const step = results.includes(MARKS[1]) ? 2 : results.includes(MARKS[0]) ? 1 : 0;
		if (step === 2) return { text: LAST };
		serial += 1;
		const [name, input, custom] = shell;
		return { text: `Step ${step + 1}. `, serial: `${provider.name}_${serial}_`,
			tools: [{ name, input: input(COMMANDS[step]), ...(custom && provider.log.at(-1).kind === 'responses' ? { custom: custom(COMMANDS[step]) } : {}) }] };
	};
	return said;
}

// aider has no tools: it takes edits out of the text.
function edit() {
	return 'peach.txt\n```\n<<<<<<< SEARCH\n=======\nPEACH\n>>>>>>> REPLACE\n```\n';
}
