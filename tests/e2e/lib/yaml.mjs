// Plain data as YAML, in the block style that people write.
export function toYaml(value, indent = '') {
	if (Array.isArray(value)) {
		return value.map((item) => `${indent}- ${child(item, `${indent}  `).trimStart()}`).join('');
	}
	return Object.entries(value).filter(([, item]) => item !== undefined)
		.map(([key, item]) => `${indent}${plain(key) ? key : JSON.stringify(key)}:${entry(item, indent)}`).join('');
}

function entry(item, indent) {
	if (isEmpty(item)) return Array.isArray(item) ? ' []\n' : ' {}\n';
	return typeof item === 'object' && item !== null ? `\n${toYaml(item, `${indent}  `)}` : ` ${scalar(item)}\n`;
}

function child(item, indent) {
	if (isEmpty(item)) return Array.isArray(item) ? '[]\n' : '{}\n';
	return typeof item === 'object' && item !== null ? toYaml(item, indent) : `${scalar(item)}\n`;
}

function isEmpty(item) {
	return typeof item === 'object' && item !== null && Object.keys(item).length === 0;
}

function plain(key) {
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
}

function scalar(item) {
	if (typeof item !== 'string') return item === null ? 'null' : String(item);
	return /^[A-Za-z/][A-Za-z0-9_/.-]*$/.test(item) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(item) ? item : JSON.stringify(item);
}
