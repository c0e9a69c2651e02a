// A program in a name space of its own, where another file stands in the place of one of this machine's.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export function ownSpace(file) {
	try {
		execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' });
		return fs.existsSync(file);
	} catch { return false; }
}

// To be called before gw.start(): its program sees `other` where `file` is.
export function standIn(gw, other, file) {
	gw.wrapper = path.join(gw.dir, 'sideways-apart');
	fs.writeFileSync(gw.wrapper, `#!/bin/sh\nexec unshare -rm sh -c 'mount --bind "${other}" ${file} && exec "$0" "$@"' "${path.resolve(process.env.SIDEWAYS)}" "$@"\n`, { mode: 0o755 });
}
